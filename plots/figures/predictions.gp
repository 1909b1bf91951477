# predictions.gp — picture files in rows and columns, each at its place; the classes' colours below. Needs a gnuplot
# that reads PNG (libgd).
unset key
unset border
unset tics
unset grid
do for [j=1:columns] {
  set label 100 + j head[j] at screen x(left + (j - 1) * pitch_x + picture_width / 2.), screen 1 - y(top - 12) center font font10
}
do for [i=1:rows] {
  set label 200 + i sample[i] at screen x(left - 10), screen 1 - y(top + (i - 1) * pitch_y + picture_height / 2.) right font font9
  do for [j=1:columns] {
    set label 1000 + columns * i + j note[columns * (i - 1) + j] \
        at screen x(left + (j - 1) * pitch_x + picture_width / 2.), screen 1 - y(top + (i - 1) * pitch_y + picture_height + 10) \
        center font font9
  }
}
do for [k=1:classes] {
  column = (k - 1) % in_a_row
  line = (k - 1) / in_a_row
  from_top = top + rows * pitch_y + 14 + line * legend_row
  set object k rectangle from screen x(left + column * legend_width), screen 1 - y(from_top + 12) \
      to screen x(left + column * legend_width + 18), screen 1 - y(from_top) fillcolor rgb class_colour[k] fillstyle solid \
      border linecolor rgb ink
  set label 5000 + k class_name[k] at screen x(left + column * legend_width + 24), screen 1 - y(from_top + 6) left font font9
}
set multiplot
first_plot = 1
do for [i=1:rows] {
  do for [j=1:columns] {
    name_of = file[columns * (i - 1) + j]
    if (name_of ne '') {
      set lmargin at screen x(left + (j - 1) * pitch_x)
      set rmargin at screen x(left + (j - 1) * pitch_x + picture_width)
      set tmargin at screen 1 - y(top + (i - 1) * pitch_y)
      set bmargin at screen 1 - y(top + (i - 1) * pitch_y + picture_height)
      set autoscale xfix
      set autoscale yfix
      plot name_of binary filetype=png with rgbimage
      if (first_plot) {
        unset label
        unset object
        first_plot = 0
      }
    }
  }
}
unset multiplot
