# spectrum.gp — singular values of a network's Jacobian: all of them, and those around the rank.
# Data: index, value relative to the largest; a second block with those that came out as exactly 0.
set multiplot
unset key
set logscale y
set yrange [low:2]
set ytics ('' -1)
do for [k=-32:0:4] { set ytics add (sprintf('1e%d', k) 10.**k) }
set tmargin at screen 1 - y(70)
set bmargin at screen y(16 * captions + 66)
set arrow 1 from rank + 0.5, graph 0 to rank + 0.5, graph 1 nohead linecolor rgb '#D55E00' linewidth 1.5
set arrow 2 from graph 0, first threshold to graph 1, first threshold nohead linecolor rgb ink dashtype 3
set label 890 yname at screen x(18), graph 0.5 center rotate by 90
do for [panel=1:2] {
  set lmargin at screen x(panel == 1 ? 94 : 0.5 * (width - 20) + 70)
  set rmargin at screen x(panel == 1 ? 0.5 * (width - 20) : width - 20)
  set xrange [begin[panel]:end[panel]]
  set label 889 xname at graph 0.5, screen y(16 * captions + 24) center
  set label 891 title[panel] at graph 0, graph 1 offset 0,0.8 left font font10
  if (panel == 2) {
    set label 892 'rank '.rank_text at rank + 0.5, graph 0.5 right offset -1,0 textcolor rgb '#B04A00'
    set label 893 'threshold' at graph 1, first threshold right offset -1,0.6 font font9
  }
  plot data index 0 using 1:2 with points pointtype 7 pointsize size[panel] linecolor rgb '#0072B2', \
       data index 1 using 1:(low * 2) with points pointtype 10 pointsize 0.7 linecolor rgb '#0072B2'
  unset label 890
  do for [k=900:900+captions] { unset label k }
}
unset multiplot
