#!/bin/sh
# Rows x1,x2,x3,x4,y, as a program might send them: ./rows.sh COUNT
awk -v count="${1:-5000}" 'BEGIN {
    for (i = 0; i < count; i++) {
        a = i % 7 / 7; b = i % 11 / 11
        printf "%.3f,%.3f,%.3f,0.5,%.3f\n", a, b, i % 3, a * b
    }
}'
