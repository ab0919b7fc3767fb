-- What wrk sends: POST of the bodies of a file in turn, with a key; and what it prints at the end, as JSON.
-- Each body has a line before it that says how many bytes it has. With a fourth argument each request has an
-- idempotency key of its own that begins with it.
function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = args[3]
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  ready, turn, keys = {}, 0, args[4]
  local file = assert(io.open(args[1], "rb"))
  for size in file:lines() do
    local body = file:read(tonumber(size))
    ready[#ready + 1] = keys and body or wrk.format(nil, nil, nil, body)
    file:read(1)
  end
  file:close()
end

function request()
  turn = turn + 1
  local next = ready[(turn - 1) % #ready + 1]
  if not keys then return next end
  wrk.headers["Idempotency-Key"] = keys .. turn
  return wrk.format(nil, nil, nil, next)
end

function done(summary, latency, requests)
  local e = summary.errors
  local failed = e.status + e.connect + e.read + e.write + e.timeout
  local form = '{"requests":%d,"seconds":%.6f,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n'
  io.write(form:format(summary.requests, summary.duration / 1e6, failed,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
