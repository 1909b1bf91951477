# rows.gp — a table as a picture: a row an optimizer, its mean with interval, its number at the right; groups of rows
# under one another. Blocks of the data file: mean, low, high, row (n of them); the trials' points (n); the same points
# joined by trial (one a group).
set multiplot
unset key
unset ytics
set grid noy x
set border 1
set xrange [low:high]
if (logarithmic) { set logscale x }
eval 'set xtics '.xticks
set lmargin at screen x(left)
set rmargin at screen 1 - x(right)
do for [g=1:groups] {
  set tmargin at screen 1 - y(top[g])
  set bmargin at screen 1 - y(bottom[g])
  set yrange [last[g] + 0.6 : first[g] - 0.6]
  set label 803 xname at graph 0.5, screen 1 - y(bottom[g] + 45) center
  set label 801 group[g] at graph 0, graph 1 offset 0,0.8 left font font11
  set label 804 row_head at graph 0, graph 1 offset -1,0.8 right font font9 textcolor rgb '#606060'
  set label 802 column at screen 1 - x(right - 16), graph 1 offset 0,0.8 left font font9 textcolor rgb '#606060'
  do for [i=first[g]:last[g]] {
    set label 1000 + 2 * i label[i] at graph 0, first i offset -1,0 right
    set label 1001 + 2 * i value[i] at screen 1 - x(right - 16), first i left
  }
  plot NaN notitle, \
       for [k=1:joined[g]] data index (2 * n + g - 1) using 1:2 with lines linecolor rgb '#D0D0D0' linewidth 1, \
       for [k=dotted_first[g]:dotted_last[g]] data index (n + dotted[k] - 1) using 1:2 with points \
         linestyle style[dotted[k]] pointtype 6 pointsize 0.7 linewidth 1, \
       for [k=averaged_first[g]:averaged_last[g]] data index (averaged[k] - 1) using 1:4:2:3 \
         with xerrorbars linestyle style[averaged[k]] dashtype 1 linewidth 2.5 pointsize 1.3
  do for [i=first[g]:last[g]] {
    unset label 1000 + 2 * i
    unset label 1001 + 2 * i
  }
  do for [k=900:900+captions] { unset label k }
}
unset multiplot
