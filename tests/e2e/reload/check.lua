-- wrk's part of the campaign: every response, of whatever kind, belongs wholly to one policy.
-- One connection a thread (-t N -c N), so that a response is the answer to the last request.

local COUNT, PAGE, OTHER = 8, "https://page.example", "https://other.example"
local ALWAYS = "accept, accept-language, content-language, content-type"
local ASKED = "Origin, Access-Control-Request-Method, Access-Control-Request-Headers"

local asking = { ["Access-Control-Request-Method"] = "PUT", ["Access-Control-Request-Headers"] = "x-asked" }

local function kind(path, origin, preflight)
   local headers = { Origin = origin }
   if preflight then
      for name, value in pairs(asking) do headers[name] = value end
   end
   local expected = {}
   for k = 0, COUNT - 1 do
      local set = { vary = preflight and ASKED or "Origin" }
      local status = preflight and 204 or 200
      if origin == PAGE or k == 0 then
         set["access-control-allow-origin"] = origin
         if k % 2 == 1 then set["access-control-allow-credentials"] = "true" end
         if preflight then
            set["access-control-allow-methods"] = "GET, TURN-" .. k
            set["access-control-allow-headers"] = ALWAYS .. ", x-only-" .. k
            set["access-control-max-age"] = tostring(100 + k)
         else
            set["access-control-expose-headers"] = "x-policy-" .. k
         end
      elseif preflight then
         status = 403
      end
      expected[k] = { status = status, set = set }
   end
   return {
      method = preflight and "OPTIONS" or "GET", path = path, headers = headers,
      body = preflight and "" or path, expected = expected,
   }
end

local kinds = {
   kind("/page", PAGE, false), kind("/page", PAGE, true),
   kind("/other", OTHER, false), kind("/other", OTHER, true),
}
local slow = kind("/slow", PAGE, false)

checked, mixed, wrong, seen, example = 0, 0, 0, 0, ""
local asked, current, has = 0, nil, {}

function request()
   asked = asked + 1
   current = asked % 101 == 0 and slow or kinds[asked % #kinds + 1]
   return wrk.format(current.method, current.path, current.headers)
end

local function same(set, found)
   for name, value in pairs(set) do
      if found[name] ~= value then return false end
   end
   for name in pairs(found) do
      if set[name] == nil then return false end
   end
   return true
end

function response(status, headers, body)
   checked = checked + 1
   local found = {}
   for name, value in pairs(headers) do
      name = name:lower()
      if name == "vary" or name:sub(1, 15) == "access-control-" then found[name] = value end
   end
   if body ~= current.body or (status ~= 200 and status ~= 204 and status ~= 403) then
      wrong = wrong + 1
      example = current.method .. " " .. current.path .. " " .. status .. ": " .. body:sub(1, 80)
      return
   end
   for k = 0, COUNT - 1 do
      local expected = current.expected[k]
      if status == expected.status and same(expected.set, found) then
         if not has[k] then
            has[k] = true
            seen = seen + 1
         end
         return
      end
   end
   mixed = mixed + 1
   example = current.method .. " " .. current.path .. " " .. status
   for name, value in pairs(found) do example = example .. "; " .. name .. ": " .. value end
end

local threads = {}

function setup(thread)
   table.insert(threads, thread)
end

function done(summary)
   local total = { checked = 0, mixed = 0, wrong = 0 }
   local policies = COUNT
   local first = ""
   for _, thread in ipairs(threads) do
      for name in pairs(total) do total[name] = total[name] + thread:get(name) end
      policies = math.min(policies, thread:get("seen"))
      if first == "" then first = thread:get("example") end
   end
   local errors = summary.errors
   io.write(string.format(
      "checked=%d mixed=%d wrong=%d socket=%d policies=%d\nexample=%s\n",
      total.checked, total.mixed, total.wrong,
      errors.connect + errors.read + errors.write + errors.timeout, policies, first
   ))
end
