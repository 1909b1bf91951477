#!/usr/bin/env bash
# end_to_end_data.sh — data sets from a mirror to a run: listed, fetched, interrupted, verified, trained on.
# Usage: tests/end_to_end_data.sh PROGRAM    status 77: no python3; real MNIST is fetched where $SYMOPT_DATA has it
real=${SYMOPT_DATA:+$SYMOPT_DATA/mnist}
here=$(realpath "$(dirname "${BASH_SOURCE[0]}")")
. "$here/support/end_to_end.sh"
if ! command -v python3 >/dev/null; then
  echo "python3 is not installed: symopt data is not tested from end to end"
  exit 77
fi
export no_proxy=127.0.0.1

# serve FOLDER: its mirror.py is then at $address, until the script ends.
mkfifo open && exec 9<>open # the servers serve until this closes
servers=()
trap 'for pid in "${servers[@]}" $running; do kill -9 "$pid" 2>/dev/null || true; done; rm -rf "$scratch"' EXIT
serve() {
  rm -f port
  python3 "$here/support/mirror.py" "$1" <open >port 9>&- &
  servers+=("$!")
  disown
  wait_for 20 grep -q . port
  address=http://127.0.0.1:$(cat port)
}

title "what cannot be meant is refused with status 2"
refused 2 "expected list, fetch or verify, found nothing" data
refused 2 "unknown action 'fetsh'; did you mean 'fetch'?" data fetsh
refused 2 "unknown data set 'fashion'; did you mean 'fashion-mnist'?" data fetch fashion
refused 2 "expected the names of data sets, found none" data fetch
refused 2 "option 'mirror': expected an address that starts with http:// or https://" data fetch mnist --mirror ftp://x
refused 2 "option 'only-mirror': expected --mirror with it" data fetch mnist --only-mirror
refused 2 "option 'timeout': expected 1 to 3600, found 0" data fetch mnist --timeout 0
if [ -e .cache ]; then fail "expected nothing written, found: $(find .cache)"; fi

title "the list names every data set, its checksums and its mirrors, and asks nobody"
expect 0 data list --data data
for name in mnist fashion-mnist kmnist cifar-10; do contains "$output" "  $name "; done
contains "$output" "https://www.cs.toronto.edu/~kriz"
refused 1 "data folder: data: expected a data set to verify, found none" data verify --data data

title "what no mirror has is told in one line, with status 1, and leaves nothing"
mkdir published && head -c 100000 /dev/urandom >published/train-images-idx3-ubyte.gz
serve published
mirror=(--data data --only-mirror --mirror)
refused 1 "cannot fetch train-images-idx3-ubyte.gz: $address/missing/train-images-idx3-ubyte.gz: HTTP status 404" \
  data fetch mnist --quiet "${mirror[@]}" "$address/missing"
refused 1 "expected a valid gzip stream" data fetch mnist --quiet "${mirror[@]}" "$address/plain"
if [ -n "$(find data -type f)" ]; then fail "expected no file, found: $(find data -type f)"; fi

title "interrupted: status 130, what came is kept, and the command that goes on is named"
"$symopt" data fetch mnist "${mirror[@]}" "$address/slow" --timeout 300 2>error-of-interrupted >/dev/null &
running=$!
wait_for 30 test -s data/mnist/train-images-idx3-ubyte.gz.part
kill -INT "$running"
status=0
wait "$running" || status=$?
running=
if [ "$status" -ne 130 ]; then fail "interrupted: expected status 130, found $status"; fi
contains "$(cat error-of-interrupted)" "interrupted; what was fetched is kept; go on with: symopt data fetch mnist"
if [ "$(stat -c %s data/mnist/train-images-idx3-ubyte.gz.part)" -ne 50000 ]; then fail "expected half a file"; fi
rm -r data

title "a set without published checksums of its bytes: well-formed, listed, trained on"
python3 - <<'END'
import os, random, struct
random.seed(3)
os.makedirs("data/fashion-mnist")
for name, count in (("train", 1300), ("t10k", 100)):
    labels = bytes(i % 10 for i in range(count))
    images = b"".join(bytes(min(255, 40 + random.getrandbits(6) + (150 if i // 79 == label else 0)) for i in range(784))
                      for label in labels)
    with open(f"data/fashion-mnist/{name}-images-idx3-ubyte", "wb") as f:
        f.write(struct.pack(">4i", 0x803, count, 28, 28) + images)
    with open(f"data/fashion-mnist/{name}-labels-idx1-ubyte", "wb") as f:
        f.write(struct.pack(">2i", 0x801, count) + labels)
END
expect 0 data verify --data data
contains "$output" "fashion-mnist/train-images-idx3-ubyte  well-formed  not compressed"
expect 0 list datasets --data data
contains "$output" "fashion-mnist  found"
expect 0 "${tiny[@]/$stripes/fashion-mnist}" --data data --out clothing
contains "$error" "data set fashion-mnist"
contains "$(cat clothing/environment.csv)" "data set,fashion-mnist"
refused 1 "data set 'kmnist': data/kmnist: expected four files of images and labels, plain or .gz, found no \
train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte; \
\`symopt data fetch kmnist\` gets them" "${tiny[@]/$stripes/kmnist}" --data data --out never

title "a wrong file: status 1, named, and not fetched over"
printf 'x' >>data/fashion-mnist/t10k-labels-idx1-ubyte
refused 1 "t10k-labels-idx1-ubyte: wrong: offset 108: expected the end of the file, found more bytes" \
  data verify fashion-mnist --data data
contains "$output" "wrong"
refused 1 "remove or rename it to fetch it again" data fetch fashion-mnist "${mirror[@]}" "$address/plain"

title "a folder of one's own data: named by its own name, trained on, moved, gone on with"
python3 - <<'END'
import os, random, struct
random.seed(4)
os.makedirs("own/flowers")
def save(name, kind, shape, values):
    header = f"{{'descr': '{kind}', 'fortran_order': False, 'shape': {shape}, }}".ljust(117) + "\n"
    with open(f"own/flowers/{name}.npy", "wb") as f:
        f.write(b"\x93NUMPY\x01\x00" + struct.pack("<H", len(header)) + header.encode() + values)
for name, count in (("train", 1500), ("test", 100)):
    labels = [i % 3 for i in range(count)]
    images = [random.gauss(0, 1) + (2 if i % 3 == label else 0) for label in labels for i in range(48)]
    save(f"{name}-images", "<f4", f"({count}, 4, 4, 3)", struct.pack(f"<{len(images)}f", *images))
    save(f"{name}-labels", "<i8", f"({count},)", struct.pack(f"<{count}q", *labels))
END
own=(run paper --networks archbn-2 --optimizers sgd,un --search-train 200 --search-validation 100
  --search-epochs 2 --max-epochs 4 --no-plots)
expect 0 "${own[@]}" --trials 1 --dataset folder:own/flowers
contains "$error" "data set folder:flowers; results in out/paper-folder-flowers"
contains "$error" "folder:flowers has 1500 samples to train on: train = 1200, validation = 300"
contains "$output" "Data set: folder:flowers"
contains "$(sed -n 2p out/paper-folder-flowers/trials.csv)" "folder:flowers,archbn-2,sgd,"
contains "$(cat out/paper-folder-flowers/environment.csv)" "data set,folder:flowers"
contains "$(cat out/paper-folder-flowers/config.ini)" "dataset = folder:$scratch/own/flowers"
(cd own && "$symopt" plan ../out/paper-folder-flowers/config.ini --out ../out/paper-folder-flowers >../plan-elsewhere)
contains "$(cat plan-elsewhere)" "2 trials, 2 of them finished"
mv own moved
refused 1 "data set 'folder:flowers': $scratch/own/flowers: expected a folder, found none" \
  run out/paper-folder-flowers/config.ini
expect 0 run out/paper-folder-flowers/config.ini --dataset folder:moved/flowers --trials 2 --out out/paper-folder-flowers
contains "$error" "4 trials, 2 to run"
contains "$error" "key dataset: 'folder:$scratch/own/flowers' becomes 'folder:$scratch/moved/flowers'"
expect 0 "${own[@]}" --trials 2 --dataset folder:moved/flowers --out anew
for table in trials epochs search summary tests; do cmp {anew,out/paper-folder-flowers}/$table.csv; done
printf '\001' | dd of=moved/flowers/train-images.npy bs=1 seek=200 conv=notrunc status=none
refused 1 "key checksum: expected" "${own[@]}" --trials 2 --dataset folder:moved/flowers --out anew
printf x >>moved/flowers/train-images.npy
refused 1 "moved/flowers/train-images.npy: offset 288128: expected the end of the file, found more bytes" \
  "${own[@]}" --dataset folder:moved/flowers --out never
refused 2 "unknown data set 'flowers'; there are: auto, folder:PATH, mnist" "${own[@]}" --dataset flowers
refused 2 "expected folder:PATH with a path" "${own[@]}" --dataset folder:
expect 0 list datasets --data data
contains "$output" "folder:PATH"

if [ -f "${real:-}/train-images-idx3-ubyte.gz" ]; then
  title "MNIST itself, from a mirror that breaks off every time, after one that is not there"
  serve "$real"
  expect 0 data fetch mnist --data real --mirror "$address/breaks" --only-mirror
  contains "$output" "mnist: is in real"
  contains "$error" "mnist  train-images-idx3-ubyte.gz"
  expect 0 data verify mnist --data real
  if [ "$(grep -c verified <<<"$output")" -ne 4 ]; then fail "expected four verified files, found: $output"; fi
  expect 0 data fetch mnist --data real --mirror "$address/missing" --only-mirror
  contains "$output" "mnist: was already in real"
else
  echo "no MNIST in SYMOPT_DATA: fetching it is not tested"
fi

title "https needs a certificate that is valid; a public mirror leads neither to http nor to this machine"
# A network and a list of authorities of its own, where 203.0.113.7 (RFC 5737) is a public address.
if [ "$(id -u)" -ne 0 ] || ! command -v ip openssl >/dev/null || ! unshare -nm true 2>/dev/null; then
  title "SKIPPED: it needs root, ip, openssl and namespaces"
else
  cat >apart.sh <<END
set -euo pipefail
ip link set lo up && ip addr add 203.0.113.7/32 dev lo
mount --make-rprivate /
openssl req -x509 -newkey rsa:2048 -nodes -days 2 -subj /CN=mirror -addext subjectAltName=IP:203.0.113.7 \\
  -keyout key.pem -out certificate.pem 2>/dev/null
cat key.pem certificate.pem >both.pem
mkfifo hold && exec 8<>hold
python3 "$here/support/mirror.py" published 0.0.0.0 <hold >port-plain 8>&- & servers=\$!
python3 "$here/support/mirror.py" published 0.0.0.0 both.pem <hold >port-tls 8>&- & servers="\$servers \$!"
trap 'kill -9 \$servers' EXIT
until [ -s port-plain ] && [ -s port-tls ]; do sleep 0.05; done
plain=203.0.113.7:\$(cat port-plain) tls=203.0.113.7:\$(cat port-tls)
get() { "$symopt" data fetch mnist --quiet --data apart --only-mirror --timeout 10 --mirror "\$1" 2>&1 || true; }
get https://\$tls/plain >said-unknown
mount --bind certificate.pem /etc/ssl/certs/ca-certificates.crt
get https://\$tls/plain >said-known
get https://\$tls/local >said-downgrade
get http://\$plain/local >said-local
python3 -c "import sys, urllib.request; print(urllib.request.urlopen('http://\$plain/log').read().decode())" >log
END
  unshare -nm bash apart.sh || fail "expected the script to end well: $(tail -n 3 said-* 2>/dev/null)"
  contains "$(cat said-unknown)" "SSL certificate problem"
  contains "$(cat said-known)" "expected a valid gzip stream" # all of the file came, and it is none
  contains "$(cat said-downgrade)" 'rotocol "http"'
  contains "$(cat said-local)" "expected no redirect to a local address, found 127.0.0.1"
  case $(cat log) in *"/plain/"*) fail "expected no request to this machine, found: $(cat log)" ;; esac
  if [ -n "$(find apart -type f)" ]; then fail "expected no file, found: $(find apart -type f)"; fi
fi

title "passed"
