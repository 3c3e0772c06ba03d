-- What wrk asks of a server: creates secrets of 1,000 bytes, and reveals each of them.
local create
local waiting = {}
local headers = { ["Content-Type"] = "application/json" }

function init()
  local body = '{"secret":{"secret":"' .. string.rep("x", 1000) .. '","ttl":3600}}'
  create = wrk.format("POST", "/api/v3/guest/secret/conceal", headers, body)
end

function request()
  local id = table.remove(waiting)
  if id == nil then return create end
  return wrk.format("POST", "/api/v3/guest/secret/" .. id .. "/reveal", headers, '{"continue":true}')
end

function response(status, _, body)
  if status ~= 200 then return end
  local id = string.match(body, '"secret_identifier":"(%w+)"')
  if id ~= nil then table.insert(waiting, id) end
end
