-- wrk's part of the chaos campaign: a steadily allowed origin is never denied, any other never allowed, and nothing is 5xx.

local STEADY = { "https://app.example", "https://steady.example" }
local NEVER = {
   "https://never.example", "null", "https://steady.example.evil.example", "http://steady.example", "https://xsteady.example",
}

local asked, origin, steady, preflight = 0, "", true, false
checked, denied, let_in, failed, example = 0, 0, 0, 0, ""

function request()
   asked = asked + 1
   steady = asked % 2 == 0
   preflight = asked % 3 == 0
   local list = steady and STEADY or NEVER
   origin = list[asked % #list + 1]
   local headers = { Origin = origin }
   if preflight then headers["Access-Control-Request-Method"] = "PUT" end
   return wrk.format(preflight and "OPTIONS" or "GET", "/pid", headers)
end

function response(status, headers, body)
   checked = checked + 1
   local allowed
   for name, value in pairs(headers) do
      if name:lower() == "access-control-allow-origin" then allowed = value end
   end
   local line = status .. " for " .. origin .. ": " .. tostring(allowed)
   if status >= 500 then
      failed = failed + 1
      example = line
   elseif steady and allowed ~= origin then
      denied = denied + 1
      example = line
   elseif not steady and allowed ~= nil then
      let_in = let_in + 1
      example = line
   end
end

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function done(summary)
   local total = { checked = 0, denied = 0, let_in = 0, failed = 0 }
   local first = ""
   for _, thread in ipairs(threads) do
      for name in pairs(total) do total[name] = total[name] + thread:get(name) end
      if first == "" then first = thread:get("example") end
   end
   local errors = summary.errors
   io.write(string.format(
      '{"checked": %d, "denied": %d, "let_in": %d, "failed": %d, "socket": %d, "example": "%s"}\n',
      total.checked, total.denied, total.let_in, total.failed,
      errors.connect + errors.read + errors.write + errors.timeout, first
   ))
end
