#!/usr/bin/env bash
# Places orders through the HTTP API and checks how it treats idempotency keys.
#   ./test-api.sh [base-url]     (default http://localhost:3000)
# Where the API asks for a token, set TOKEN to one: the orders are its customer's.
set -uo pipefail

base_url=${1:-http://localhost:${API_PORT:-3000}}
base_url=${base_url%/}
items='[{"productId":"laptop","quantity":1,"price":1299.99}]'
if [ -n "${TOKEN:-}" ]; then
  order="{\"items\":$items}"
  token_header=(-H "Authorization: Bearer $TOKEN")
else
  order="{\"customerId\":\"customer-123\",\"items\":$items}"
  token_header=()
fi
run="$(date +%s)-$$-$RANDOM"
headers=$(mktemp)
trap 'rm -f "$headers"' EXIT
failed=0

# place <idempotency-key or nothing>: sets status, body, order_id, replayed
place() {
  local key_header=()
  [ -n "$1" ] && key_header=(-H "x-idempotency-key: $1")
  local answer
  if ! answer=$(curl -sS --max-time 30 -D "$headers" -w '\n%{http_code}' -X POST "$base_url/orders" \
    -H 'Content-Type: application/json' ${key_header[@]+"${key_header[@]}"} ${token_header[@]+"${token_header[@]}"} -d "$order" 2>&1); then
    echo "Cannot reach $base_url: is npm start running there? (${answer%%$'\n'*})" >&2
    exit 2
  fi
  status=${answer##*$'\n'}
  body=${answer%$'\n'*}
  order_id=$(sed -n 's/.*"orderId" *: *"\([^"]*\)".*/\1/p' <<<"$body")
  replayed=$(tr -d '\r' <"$headers" | sed -n 's/^[Ii]dempotent-[Rr]eplayed: *//p')
}

# check <what> <wanted> <got>
check() {
  if [ "$2" = "$3" ]; then
    echo "  ok      $1"
  else
    echo "  FAILED  $1: expected \"$2\", got \"$3\"   ($body)"
    failed=$((failed + 1))
  fi
}

differs() { [ -n "$1" ] && [ "$1" != "$2" ] && echo yes || echo no; }

echo "Placing orders at $base_url"

echo "1. Without an idempotency key"
place ""
check "answers 201" 201 "$status"
check "gives an orderId" yes "$(differs "$order_id" "")"
check "the order is PENDING" PENDING "$(sed -n 's/.*"status" *: *"\([^"]*\)".*/\1/p' <<<"$body")"
check "totalAmount is 1299.99" 1299.99 "$(sed -n 's/.*"totalAmount" *: *\([0-9.]*\).*/\1/p' <<<"$body")"
without_key=$order_id

echo "2. With an idempotency key"
place "first-$run"
check "answers 201" 201 "$status"
check "gives an orderId of its own" yes "$(differs "$order_id" "$without_key")"
check "is not a replay" "" "$replayed"
with_key=$order_id

echo "3. The same key again"
place "first-$run"
check "answers 201" 201 "$status"
check "gives the same orderId" "$with_key" "$order_id"
check "says that it is a replay (Idempotent-Replayed)" true "$replayed"

echo "4. A new key"
place "second-$run"
check "answers 201" 201 "$status"
check "gives another orderId" yes "$(differs "$order_id" "$with_key")"

if [ "$failed" -gt 0 ]; then
  echo "$failed checks failed."
  exit 1
fi
echo "All checks passed."
