# heat_map.gp — a word in each cell, on a colour: cividis (Nuñez, Anderton, Renslow 2018), which colour-blind eyes see
# as others do. Data: column, row, logarithm of the deviation; cells without a number are not in it.
set lmargin at screen x(left)
set rmargin at screen 1 - x(right)
set tmargin at screen 1 - y(top)
set bmargin at screen y(16 * captions + bottom)
set xrange [0.5:columns + 0.5]
set yrange [rows + 0.5:0.5]
set border 0
unset grid
unset key
unset xtics
unset ytics
set palette defined (0 '#00224E', 0.125 '#123570', 0.25 '#3B496C', 0.375 '#575D6D', 0.5 '#707173', 0.625 '#8A8678', \
    0.75 '#A59C74', 0.875 '#C3B369', 1 '#E1CC55')
set cbrange [low:high]
set label 950 'Relative' at screen 1 - x(right - 20), graph 1 offset 0,2 left font font9
set label 951 'difference' at screen 1 - x(right - 20), graph 1 offset 0,1 left font font9
set cbtics font font9
eval 'set cbtics '.cbticks
set colorbox user origin screen 1 - x(right - 20), screen y(16 * captions + bottom) \
    size screen x(14), screen 1 - y(top + 16 * captions + bottom) noborder
do for [i=1:columns] {
  set label 1000 + i column[i] at first i, first rows + 0.6 right rotate by 45 font font9
}
do for [i=1:rows] { set label 2000 + i row[i] at first 0.4, first i right }
do for [i=1:groups] {
  if (slanted) {
    set label 3000 + i group[i] at first begin[i] - 0.3, first 0.4 left \
        rotate by 30 font font9
  } else {
    set label 3000 + i group[i] at first begin[i] - 0.48, graph 1 offset 0,1.5 left font font9
    set label 5000 + i head[i] at first begin[i] - 0.48, graph 1 offset 0,2.5 left font font9
    set label 4000 + i detail[i] at first begin[i] - 0.48, graph 1 offset 0,0.5 left font font9
  }
  if (i > 1) {
    set arrow i from first begin[i] - 0.5, first 0.5 to first begin[i] - 0.5, first rows + 0.5 nohead front \
        linecolor rgb 'white' linewidth 6
  }
}
do for [i=1:cells] {
  set label 10000 + i word[i] at first cell_column[i], first cell_row[i] center front font font9 \
      textcolor rgb (light[i] ? '#FFFFFF' : '#202020')
}
do for [i=1:grey_count] {
  set object i rectangle center first grey_column[i], first grey_row[i] size 0.96, 0.94 \
      fillcolor rgb '#EEEEEE' fillstyle solid noborder behind
}
plot data index 0 using 1:2:(0.48):(0.47):3 with boxxyerror linecolor palette fillstyle solid
