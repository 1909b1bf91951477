# spectrum.gp — singular values of a network's Jacobian: all of them, and those around the rank.
# Data: index, value relative to the largest; a second block with those that came out as exactly 0.
set multiplot
unset key
set logscale y
set yrange [low:2]
eval 'set ytics '.yticks
set tmargin at screen 1 - y(70)
set bmargin at screen y(16 * captions + 66)
set arrow 1 from rank + 0.5, graph 0 to rank + 0.5, graph 1 nohead linecolor rgb '#D55E00' linewidth 1.5
set arrow 2 from graph 0, first threshold to graph 1, first threshold nohead linecolor rgb ink dashtype 3
set label 890 yname at screen x(18), graph 0.5 center rotate by 90
do for [p=1:2] {
  set lmargin at screen x(left[p])
  set rmargin at screen x(left[p] + panel)
  set xrange [begin[p]:end[p]]
  eval 'set xtics '.xticks[p]
  set label 889 xname at graph 0.5, screen y(16 * captions + 24) center
  set label 891 title[p] at graph 0, graph 1 offset 0,0.8 left font font10
  if (p == 2) {
    set label 892 'rank '.rank_text at rank + 0.5, graph 0.5 right offset -1,0 textcolor rgb '#B04A00'
    set label 893 'threshold' at graph 1, first threshold right offset -1,0.6 font font9
  }
  plot data index 0 using 1:2 with points pointtype 7 pointsize size[p] linecolor rgb '#0072B2', \
       data index 1 using 1:(low * 2) with points pointtype 10 pointsize 0.7 linecolor rgb '#0072B2'
  unset label 890
  do for [k=900:900+captions] { unset label k }
}
unset multiplot
