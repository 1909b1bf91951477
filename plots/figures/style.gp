# style.gp — one look for every figure: the colour-blind-safe palette of Okabe and Ito (2008), without its yellow,
# which white paper swallows. 7 colours, 5 dash types and 8 point types have no common divisor, so no two of the
# first 35 styles share colour and dash. Which optimizer has which: plots/styles.cpp.
# Every text is plain (noenhanced): names hold underscores, braces and carets that mean nothing.
reset
set encoding utf8
data = name.'.dat'
# Sizes are in points; SVG counts in pixels.
letters(points) = sprintf('DejaVu Sans,%.1f', format eq 'svg' ? points * 4 / 3. : points)
font7 = letters(7)
font8 = letters(8)
font9 = letters(9)
font10 = letters(10)
font11 = letters(11)
font13 = letters(13)
has(terminal) = strstrt(' '.GPVAL_TERMINALS.' ', ' '.terminal.' ') > 0
# A picture of points has twice as many as its size asks for: screens have them, and print needs them.
if (format eq 'png' && has('pngcairo')) {
  set terminal pngcairo size 2*width,2*height noenhanced font font11 fontscale 2 linewidth 2 pointscale 2 \
      background 'white'
}
if (format eq 'png' && !has('pngcairo')) {
  set terminal png truecolor size 2*width,2*height noenhanced font font11 fontscale 2 linewidth 2
}
if (format eq 'svg') { set terminal svg size width,height noenhanced font font11 background 'white' }
if (format eq 'pdf' && !has('pdfcairo')) { exit error 'this gnuplot has no pdfcairo terminal; use png or svg' }
if (format eq 'pdf') {
  set terminal pdfcairo size width/96.,height/96. noenhanced font font11 fontscale 0.75 linewidth 0.75 \
      pointscale 0.75 background 'white'
}
# symopt has it drawn under another name, and renames what is whole.
set output exists('picture') ? picture : name.'.'.format

colours = '#0072B2 #D55E00 #009E73 #CC79A7 #56B4E9 #E69F00 #000000'
points = '7 5 9 13 11 6 4 8'
set dashtype 2 (12,4)
set dashtype 3 (3,3)
set dashtype 4 (12,4,3,4)
set dashtype 5 (18,4,3,4,3,4)
do for [i=1:styles] {
  dash = 1 + (i - 1) % 5
  symbol = word(points, 1 + (i - 1) % 8) + 0
  set style line i linecolor rgb word(colours, 1 + (i - 1) % 7) linewidth 2 dashtype dash pointtype symbol \
      pointsize 0.9
}
ink = '#404040'
set border 3 linecolor rgb ink
set tics out nomirror scale 0.6
set grid back linetype 1 linecolor rgb '#E8E8E8' linewidth 1

# The label of a tick at 10^k.
power(k) = k < -3 || k > 3 ? sprintf('1e%d', k) : sprintf('%g', 10.**k)

# Names of axes are labels at so many pixels: terminals differ in what they take for a character's height.
x(pixels) = pixels / (1. * width)   # screen coordinates of a position given in pixels
y(pixels) = pixels / (1. * height)
# A line that lies on another paints a part of every 24 pixels and leaves the rest to the lines below.
array cover_dash[25] = [1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1,1]
do for [c=1:23] {
  set dashtype (10 + c) (c,24 - c)
  cover_dash[c + 1] = 10 + c
}
dashes(style, cover) = cover > 0 ? cover_dash[cover + 1] : 1 + (style - 1) % 5
do for [i=1:captions] {
  set label 900 + i caption[i] at screen x(14), screen y(16 * (captions - i) + 14) left font font9 \
      textcolor rgb '#606060'
}
set label 900 heading at screen x(14), screen 1 - y(20) left font font13
