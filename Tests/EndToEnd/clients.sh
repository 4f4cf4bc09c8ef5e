#!/usr/bin/env bash
# A platform seen by a WebSocket client and a mail server that know nothing of Souk: the PyPI packages
# websockets and aiosmtpd. Fails when a message is lost, comes twice, or is no proper mail.
#
#   make conformance ARGS=clients
#   ROUNDS=50 make conformance ARGS=clients
set -euo pipefail

. "$(dirname "${BASH_SOURCE[0]}")/platform.sh"
here=$root/Tests/EndToEnd
install_tool python websockets==17.4
install_tool python aiosmtpd==1.4.6

mail=$home/mail
mkdir "$mail"
"$tools/bin/python" "$here/mailserver.py" serve $((8125 + base)) "$mail" >"$home/mailserver.log" 2>&1 &
helper=$!
# The sandbox's own catcher listens elsewhere: nothing must reach it.
export SOUK_SMTP_URL=smtp://127.0.0.1:$((8125 + base)) SOUK_MAIL_PORT=$((8126 + base))
start_platform

# The mail server refuses the first attempt of each recipient for the time being.
customer=somebody@example.com
password='seventeen blue chairs on a hill'
register "$customer" "$password" cat "$mail/$customer"
token=$(sign_in "$customer" "$password")
"$tools/bin/python" "$here/websocket.py" "$gateway" "$token" "${ROUNDS:-10}"
"$tools/bin/python" "$here/mailserver.py" check "$mail" "$customer" email_verification welcome \
    deposit_settled
echo 'Others understand it.'
