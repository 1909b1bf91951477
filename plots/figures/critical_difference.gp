# critical_difference.gp — mean ranks on a line, names hanging from it, bars over those that are not told apart.
# Data: mean rank, from the best on.
unset key
unset grid
unset ytics
unset xtics
set border 4
set xrange [1:last]
set x2range [1:last]
set yrange [0:1]
eval 'set x2tics '.xticks
set lmargin at screen x(left)
set rmargin at screen x(left + panel)
set tmargin at screen 1 - y(axis)
set bmargin at screen y(16 * captions + 24)
set label 889 'Mean rank' at screen x(left + panel + 14), screen 1 - y(axis) left
# How long the critical difference is, above the axis, from its left end on.
set arrow 1 from first 1, screen 1 - y(axis - 44) to first 1 + apart, screen 1 - y(axis - 44) nohead \
    linecolor rgb ink linewidth 2
do for [e=0:1] {
  set arrow (2 + e) from first 1 + e * apart, screen 1 - y(axis - 40) to first 1 + e * apart, screen 1 - y(axis - 48) \
      nohead linecolor rgb ink linewidth 2
}
set label 888 apart_text at first 1, screen 1 - y(axis - 56) left font font9
do for [i=1:n] {
  end = on_left[i] ? left - 20 : left + panel + 20
  set arrow (10 + 2 * i) from first rank[i], screen 1 - y(axis) to first rank[i], screen 1 - y(row[i]) nohead \
      linecolor rgb ink linewidth 1
  set arrow (11 + 2 * i) from first rank[i], screen 1 - y(row[i]) to screen x(end), screen 1 - y(row[i]) nohead \
      linecolor rgb ink linewidth 1
  if (on_left[i]) { set label (100 + i) label[i] at screen x(end - 6), screen 1 - y(row[i]) right }
  if (!on_left[i]) { set label (100 + i) label[i] at screen x(end + 6), screen 1 - y(row[i]) left }
}
do for [b=1:bars] {
  set arrow (200 + b) from first bar_from[b], screen 1 - y(axis + 4 + bar * b) to first bar_to[b], \
      screen 1 - y(axis + 4 + bar * b) nohead linecolor rgb '#0072B2' linewidth 5 front
}
plot data index 0 using 1:(1) with points pointtype 7 pointsize 0.7 linecolor rgb ink
