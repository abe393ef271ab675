#!/usr/bin/env bash
# Two ways to write a Date header that look right, and name another moment.
# One would expect a format to write the moment that it was given.
#
# PHP 8.2: DATE_RFC7231 is the format of HTTP's Date. Its "GMT" is a literal: a
# DateTime in another zone is written with its wall clock and called GMT.
# Noon UTC on a summer day becomes "14:00:00 GMT" in Oslo.
#
# Perl 5.36: strftime's %z does not ask what the fields are. Those of gmtime are
# written with the offset of the local zone: noon UTC becomes "12:00:00 +0200".
# Python's time.strftime, given the fields of gmtime, writes +0000.
#
# Why it matters: where a Date header is judged, as with tickets of the Boknett
# API, the first is two hours in the future and the second two hours in the past,
# in summer; one hour each in winter; and both are right on every machine that
# runs in UTC, such as a developer's container. A refusal that shows both clocks
# and their difference leads to it.
#
# Needs apt-get, perl, python3. Nothing is installed outside a temporary folder.
set -euo pipefail
dir=$(mktemp -d)
trap 'rm -rf "$dir"' EXIT
cd "$dir"
export TZ=Europe/Oslo LC_ALL=C
at=1782907200 # 2026-07-01 12:00:00 UTC

apt-get download -qq php8.2-cli >/dev/null 2>&1
dpkg -x php8.2-cli_*.deb package
php=$("$dir"/package/usr/bin/php8.2 -n -r "
  \$t = (new DateTime('@$at'))->setTimezone(new DateTimeZone('Europe/Oslo'));
  echo \$t->format(DATE_RFC7231);")
perl=$(perl -MPOSIX=strftime -e "print strftime('%a, %d %b %Y %H:%M:%S %z', gmtime($at))")
python=$(python3 -c "import time; print(time.strftime('%a, %d %b %Y %H:%M:%S %z', time.gmtime($at)))")
echo "the moment is                 Wed, 01 Jul 2026 12:00:00 GMT"
echo "PHP's DATE_RFC7231 in Oslo    $php"
echo "Perl's strftime of gmtime     $perl"
echo "Python's strftime of gmtime   $python"
[ "$php" = "Wed, 01 Jul 2026 14:00:00 GMT" ]
[ "$perl" = "Wed, 01 Jul 2026 12:00:00 +0200" ]
[ "$python" = "Wed, 01 Jul 2026 12:00:00 +0000" ]
