# panels.gp — where n small panels stand, `columns` in a row, all with the same axes.
set multiplot layout rows, columns margins screen x(left), 1 - x(20), y(16 * captions + 66), 1 - y(68) \
    spacing screen x(between), y(64)
set tics font font9
set xtics offset 0,0.3
set title font font10 offset 0,-0.4
unset key
set label 901 + captions xname at screen 0.5, screen y(16 * captions + 24) center
set label 902 + captions yname at screen x(20), screen 0.5 + 0.5 * (y(16 * captions + 66) - y(68)) center rotate by 90
