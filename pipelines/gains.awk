# Reads scores as CSV (model, set, dataset, images of a class, mean, …) and writes a Markdown table to the file `out`:
# for each model, by how many points of accuracy it gains from the fewest images to the most.
BEGIN { FS = "," }
NR == 1 { next }
!($1 in least) { models[++count] = $1; least[$1] = $4; most[$1] = $4 }
{
  mean[$1, $4] = 100 * $5
  if ($4 + 0 < least[$1] + 0) least[$1] = $4
  if ($4 + 0 > most[$1] + 0) most[$1] = $4
}
END {
  print "| model | from | to | points gained |" > out
  print "| ----- | ---: | -: | ------------: |" > out
  for (i = 1; i <= count; i++) {
    m = models[i]
    printf "| %s | %.1f | %.1f | %.1f |\n", m, mean[m, least[m]], mean[m, most[m]], mean[m, most[m]] - mean[m, least[m]] > out
  }
}
