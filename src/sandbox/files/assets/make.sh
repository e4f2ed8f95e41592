#!/bin/sh
# Makes the PNG and MP4 files beside this script from drawings/*.svg. Needs ffmpeg with libx264 and
# librsvg (Debian's has both). Run it from this folder. The results are committed, so
# nobody needs ffmpeg to use the sandbox.
set -eu

png() { # drawing → picture, without a line that names the encoder
  ffmpeg -y -loglevel error -i "$1" -frames:v 1 -update 1 -pix_fmt rgb24 -map_metadata -1 -bitexact "$2"
}

head() { # drawing → head without its background, to be laid over a video
  sed '/<rect /d' "$1" > cut-out.svg
  ffmpeg -y -loglevel error -i cut-out.svg -frames:v 1 -update 1 -pix_fmt rgba "$2"
  rm cut-out.svg
}

# Two heads nodding over a plain wall, with a soft tone. H.264 baseline and AAC play everywhere;
# faststart puts the index first, so a player can begin before it has the whole file.
video() { # left head, right head, wall, tone in Hz, seconds, result
  ffmpeg -y -loglevel error \
    -f lavfi -i "color=c=$3:size=480x270:rate=30:duration=$5" \
    -loop 1 -framerate 30 -i "$1" -loop 1 -framerate 30 -i "$2" \
    -f lavfi -i "sine=frequency=$4:sample_rate=44100:duration=$5" \
    -filter_complex "[0][1]overlay=x='24+14*sin(PI*t)':y='87+8*sin(2*PI*t)':shortest=1[left];[left][2]overlay=x='264-14*sin(PI*t)':y='87+8*cos(2*PI*t)':shortest=1,format=yuv420p[picture];[3]volume=0.15,afade=t=in:d=0.3,afade=t=out:st=$(($5 - 1)).5:d=0.5[tone]" \
    -map "[picture]" -map "[tone]" -t "$5" \
    -c:v libx264 -profile:v baseline -level 3.0 -preset veryslow -crf 30 -g 60 \
    -c:a aac -b:a 32k -ac 1 -map_metadata -1 -fflags +bitexact -flags +bitexact -movflags +faststart "$6"
}

for drawing in drawings/*.svg; do
  png "$drawing" "$(basename "$drawing" .svg).png"
done

for name in person-0 person-1 face face-2; do
  head "drawings/$name.svg" "cut-out-$name.png"
done
video cut-out-person-0.png cut-out-person-1.png 0x9fb8c8 220 4 source.mp4
video cut-out-face.png cut-out-face-2.png 0x9fb8c8 330 4 output.mp4
video cut-out-person-0.png cut-out-person-1.png 0x9fb8c8 220 12 long-source.mp4
video cut-out-face.png cut-out-face-2.png 0x9fb8c8 330 12 long-output.mp4
rm cut-out-*.png
