# curves.gp — one line an optimizer with its band; trials that did not complete are thin and end in a cross. Where
# there are two panels, the right one shows the end.
# Blocks of the data file, n of each: mean, low and high against x; unfinished trials; their last points.
set multiplot
# The left panel holds at its edges what its axis cannot show; the right one cuts it off.
clamp(p, v) = p == 2 ? v : v > ymax[1] ? ymax[1] : v < ymin[1] ? ymin[1] : v
# The symbols of lines that lie on each other stand beside each other.
first(i) = interval[i] * (i - 1) / n
set tmargin at screen 1 - y(top)
set bmargin at screen y(16 * captions + 70)
set label 899 yname at screen x(18), graph 0.5 center rotate by 90
set label 897 key_head at screen 1 - x(key_width - 12), screen 1 - y(top - 8) left font font9 textcolor rgb '#606060'
do for [p=1:panels] {
  set lmargin at screen x(left[p])
  set rmargin at screen x(right[p])
  set label 898 xname at graph 0.5, screen y(16 * captions + 23) center
  set label 896 panel_title[p] at graph 0, graph 1 offset 0,0.7 left font font10
  unset logscale y
  set xrange [xmin[p]:xmax[p]]
  set yrange [ymin[p]:ymax[p]]
  if (p == 1 && logarithmic) { set logscale y }
  eval 'set xtics '.xticks[p]
  eval 'set ytics '.yticks[p]
  unset key
  if (p == 1) {
    set key at screen 1 - x(key_width - 12), screen 1 - y(top) left top vertical maxcols 1 Left reverse samplen 3.5 \
        spacing 1.15 height 0 width 0
  }
  plot NaN notitle, \
       for [k=1:banded_count] data index (banded[k] - 1) using 1:(clamp(p, $3)):(clamp(p, $4)) with filledcurves \
         linestyle style[banded[k]] fillstyle transparent solid 0.18 noborder notitle, \
       for [k=1:unfinished_count] data index (n + unfinished[k] - 1) using 1:(clamp(p, $2)) with lines \
         linestyle style[unfinished[k]] linewidth 0.8 notitle, \
       for [k=1:unfinished_count] data index (2 * n + unfinished[k] - 1) using 1:(clamp(p, $2)) with points \
         linestyle style[unfinished[k]] pointtype 2 pointsize 1.1 notitle, \
       for [k=1:drawn_count] data index (drawn[k] - 1) using 1:(clamp(p, $2)) with lines \
         linestyle style[drawn[k]] dashtype dashes(style[drawn[k]], cover[drawn[k]]) notitle, \
       for [k=1:drawn_count] data index (drawn[k] - 1) every interval[drawn[k]]::first(drawn[k]) \
         using 1:(clamp(p, $2)) with points linestyle style[drawn[k]] notitle, \
       for [i=1:(p == 1 ? n : 0)] keyentry with linespoints linestyle style[i] \
         dashtype dashes(style[i], cover[i]) title label[i]
  do for [k=897:900+captions] { unset label k }
}
unset multiplot
