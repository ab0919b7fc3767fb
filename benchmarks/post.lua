-- What wrk sends: POST of the bodies of a file in turn, with a key; and what it prints at the end, as JSON.
-- Each body has a line before it that says how many bytes it has.
function init(args)
  wrk.method = "POST"
  wrk.headers["Content-Type"] = args[3]
  wrk.headers["Authorization"] = "Bearer " .. args[2]
  ready, turn = {}, 0
  local file = assert(io.open(args[1], "rb"))
  for size in file:lines() do
    ready[#ready + 1] = wrk.format(nil, nil, nil, file:read(tonumber(size)))
    file:read(1)
  end
  file:close()
end

function request()
  turn = turn % #ready + 1
  return ready[turn]
end

function done(summary, latency, requests)
  local e = summary.errors
  local failed = e.status + e.connect + e.read + e.write + e.timeout
  local form = '{"requests":%d,"seconds":%.6f,"failed":%d,"p50_ms":%.3f,"p99_ms":%.3f}\n'
  io.write(form:format(summary.requests, summary.duration / 1e6, failed,
    latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
