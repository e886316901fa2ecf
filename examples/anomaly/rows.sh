#!/bin/sh
# Rows of eight sensors of a machine: all follow its load, its speed and the weather, with some noise.
#     ./rows.sh COUNT SEED [fault]      with a fault, every 50th row has sensor 4 stuck and every 75th sensor 7 off
awk -v count="$1" -v seed="$2" -v fault="${3-}" 'BEGIN {
    srand(seed)
    print "power,speed,flow,pressure,bearing,winding,vibration,noise"
    for (i = 1; i <= count; i++) {
        load = 2 * rand() - 1; speed = 2 * rand() - 1; warm = 2 * rand() - 1
        s[1] = load + .5 * speed; s[2] = speed; s[3] = .8 * speed - .2 * load; s[4] = load - .4 * speed
        s[5] = .6 * load + warm; s[6] = load * load + .8 * warm; s[7] = speed * speed + .3 * load; s[8] = .7 * speed + .5 * load
        for (k = 1; k <= 8; k++) s[k] = 10 * k + s[k] + .02 * (rand() - .5)
        if (fault != "" && i % 50 == 0) s[4] = 42.5
        if (fault != "" && i % 75 == 0) s[7] += 1.5
        line = ""
        for (k = 1; k <= 8; k++) line = line (k > 1 ? "," : "") sprintf("%.4f", s[k])
        print line
    }
}'
