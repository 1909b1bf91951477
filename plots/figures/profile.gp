# profile.gp — performance profiles as step functions, one panel by epochs, one by seconds, one key.
# Blocks of the data file, n a panel: ratio and share.
set multiplot
set xrange [1:xmax]
set yrange [ymin:ymax]
eval 'set xtics '.xticks
eval 'set ytics '.yticks
set label 899 yname at screen x(18), graph 0.5 center rotate by 90
set label 897 key_head at screen 1 - x(key_width - 12), screen 1 - y(50) left font font9 textcolor rgb '#606060'
do for [p=1:panels] {
  set lmargin at screen x(left + (p - 1) * pitch)
  set rmargin at screen x(left + (p - 1) * pitch + panel)
  set tmargin at screen 1 - y(50)
  set bmargin at screen y(16 * captions + 70)
  set label 898 ratio_of[p] at graph 0.5, screen y(16 * captions + 23) center
  unset key
  if (p == 1) {
    set key at screen 1 - x(key_width - 12), screen 1 - y(58) left top vertical maxcols 1 Left reverse samplen 3.5 \
        spacing 1.15
  }
  o = (p - 1) * n
  plot NaN notitle, \
       for [i=1:n] data index (o + i - 1) using 1:2 with steps linestyle style[i] linewidth 2.2 \
         dashtype dashes(style[i], cover[o + i]) notitle, \
       for [i=1:(p == 1 ? n : 0)] keyentry with lines linestyle style[i] linewidth 2.2 \
         dashtype dashes(style[i], cover[i]) title label[i]
  do for [k=897:900+captions] { unset label k }
}
unset multiplot
