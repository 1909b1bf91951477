# curves.gp — one line an optimizer with its band; trials that did not complete are thin and end in a cross.
# Blocks of the data file, n of each: mean, low and high against x; unfinished trials; their last points.
clamp(v) = v > ymax ? ymax : v < ymin ? ymin : v
# The symbols of lines that lie on each other stand beside each other.
first(i) = interval[i] * (i - 1) / n
set lmargin at screen x(84)
set rmargin at screen 1 - x(key_width)
set tmargin at screen 1 - y(44)
set bmargin at screen y(16 * captions + 70)
set key at screen 1 - x(key_width - 12), screen 1 - y(40) left top vertical maxcols 1 Left reverse samplen 3.5 \
    spacing 1.15 height 0 width 0
set label 898 xname at graph 0.5, screen y(16 * captions + 23) center
set label 899 yname at screen x(18), graph 0.5 center rotate by 90
set xrange [0:xmax]
if (whole && xmax <= 12) { set xtics 1 }
set yrange [ymin:ymax]
if (logarithmic) {
  set logscale y
  unset ytics
  set ytics out nomirror scale 0.6
  steps = ymax / ymin > 3000 ? '1' : '1 2 5'
  set ytics (sprintf('%g', ymin) -1)
  stride = 1 + floor(log10(ymax / ymin) / 9)
  do for [k=-30*stride:30*stride:stride] {
    do for [m in steps] { set ytics add (sprintf('%g', m * 10.**k) m * 10.**k) }
  }
}
plot for [k=1:banded_count] data index (banded[k] - 1) using 1:(clamp($3)):(clamp($4)) with filledcurves \
       linestyle style[banded[k]] fillstyle transparent solid 0.18 noborder notitle, \
     for [k=1:unfinished_count] data index (n + unfinished[k] - 1) using 1:(clamp($2)) with lines \
       linestyle style[unfinished[k]] linewidth 0.8 notitle, \
     for [k=1:unfinished_count] data index (2 * n + unfinished[k] - 1) using 1:(clamp($2)) with points \
       linestyle style[unfinished[k]] pointtype 2 pointsize 1.1 notitle, \
     for [k=1:drawn_count] data index (drawn[k] - 1) using 1:(clamp($2)) with lines \
       linestyle style[drawn[k]] notitle, \
     for [k=1:drawn_count] data index (drawn[k] - 1) every interval[drawn[k]]::first(drawn[k]) \
       using 1:(clamp($2)) with points linestyle style[drawn[k]] notitle, \
     for [i=1:n] keyentry with linespoints linestyle style[i] title label[i]
