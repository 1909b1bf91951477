# profile.gp — performance profiles as step functions, one panel by epochs, one by seconds, one key.
# Blocks of the data file, n a panel: ratio and share.
set multiplot
set xrange [1:xmax]
set yrange [0:104]
set ytics 0, 20, 100
set xtics 0.5
set label 899 yname at screen x(18), graph 0.5 center rotate by 90
do for [p=1:panels] {
  set lmargin at screen x(84 + (p - 1) * 380)
  set rmargin at screen x(84 + (p - 1) * 380 + 330)
  set tmargin at screen 1 - y(50)
  set bmargin at screen y(16 * captions + 70)
  set label 898 ratio_of[p] at graph 0.5, screen y(16 * captions + 23) center
  unset key
  if (p == 1) {
    set key at screen 1 - x(key_width - 12), screen 1 - y(46) left top vertical maxcols 1 Left reverse samplen 3.5 \
        spacing 1.15
  }
  plot NaN notitle, \
       for [i=1:n] data index ((p - 1) * n + i - 1) using 1:2 with steps linestyle style[i] linewidth 2.2 notitle, \
       for [i=1:(p == 1 ? n : 0)] keyentry with lines linestyle style[i] linewidth 2.2 title label[i]
  do for [k=899:900+captions] { unset label k }
}
unset multiplot
