using Edge.Storage.Redis;

namespace Edge.Budgets.Redis;

/// <summary>
/// What Redis does at once and whole. All keys share one hash tag, so that a cluster keeps them on one node.
/// <list type="bullet">
/// <item><c>{edge:b}:c:KEY</c>: a budget in a period: <c>s</c> spent, <c>r</c> reserved, <c>u</c> the part of <c>s</c> whose truth is unknown.</item>
/// <item><c>{edge:b}:r:ID</c>: a reservation: <c>a</c> its amount, <c>n</c> counters, named by <c>1</c> to <c>n</c>, and its state <c>s</c>: <c>o</c> open, <c>u</c> its lease ran out and it
/// is booked at its worst case until somebody knows better, <c>l</c> an instance's allowance (<c>g</c> its last renewal), <c>v</c> one that ran out while Redis was away: booked whole. One that is settled is a plain string for a minute: a repetition finds it so.</item>
/// <item><c>{edge:b}:leases</c>: until when each is held. <c>{edge:b}:seen</c>: when any of these scripts ran last.</item>
/// </list>
/// Numbers stay text: Lua's are exact to 2^53 only, which is nine million dollars. They are added by Redis itself and compared in two halves.
/// </summary>
internal static class RedisBudgetScripts
{
    public const string Prefix = "{edge:b}:";

    // What every script begins with. Where none ran for longer than half a lease Redis was away, or nobody was there: whoever lives gets a lease's time to say so.
    private const string Common = """
        local P = '{edge:b}:'
        local L = P .. 'leases'
        local time = redis.call('TIME')
        local now = time[1] * 1000 + math.floor(time[2] / 1000)
        local function split(x)
          if not x then return 0, 0 end
          if string.sub(x, 1, 1) == '-' then return 0, 0 end
          if #x <= 9 then return 0, tonumber(x) end
          return tonumber(string.sub(x, 1, -10)), tonumber(string.sub(x, -9))
        end
        local function fits(spent, reserved, amount, limit)
          local a, b = split(spent)
          local c, d = split(reserved)
          local e, f = split(amount)
          local g, h = split(limit)
          local high, low = a + c + e - g, b + d + f - h
          local carry = math.floor(low / 1000000000)
          high, low = high + carry, low - carry * 1000000000
          return high < 0 or (high == 0 and low == 0)
        end
        local function neg(x)
          if x == '0' then return x end
          if string.sub(x, 1, 1) == '-' then return string.sub(x, 2) end
          return '-' .. x
        end
        local function add(key, field, x)
          if redis.call('EXISTS', key) == 1 then redis.call('HINCRBY', key, field, x) end
        end
        local function revive(key)
          local r = redis.call('HMGET', key, 's', 'a', 'n')
          if r[1] ~= 'u' then return end
          for i = 1, tonumber(r[3]) do
            local c = redis.call('HGET', key, i)
            add(c, 'u', neg(r[2]))
            add(c, 's', neg(r[2]))
            add(c, 'r', r[2])
          end
          redis.call('HSET', key, 's', 'o')
        end
        local function sweep(lease)
          local seen = tonumber(redis.call('GET', P .. 'seen') or '0')
          redis.call('SET', P .. 'seen', string.format('%.0f', now))
          local hold = tonumber(redis.call('GET', P .. 'hold') or '0')
          if seen > 0 and now - seen > lease / 2 then
            hold = now + lease
            redis.call('SET', P .. 'hold', string.format('%.0f', hold), 'PX', lease)
            redis.call('SET', P .. 'gap', string.format('%.0f', now))
          end
          if hold > now then return end
          for _, id in ipairs(redis.call('ZRANGEBYSCORE', L, '-inf', now, 'LIMIT', 0, 32)) do
            redis.call('ZREM', L, id)
            local key = P .. 'r:' .. id
            if redis.call('TYPE', key).ok == 'hash' then
              local r = redis.call('HMGET', key, 's', 'a', 'n', 'g')
              -- An allowance is spent only while its instance does not see Redis.
              local lost = r[1] == 'o' or tonumber(r[4] or '0') < tonumber(redis.call('GET', P .. 'gap') or '0')
              for i = 1, tonumber(r[3]) do
                local c = redis.call('HGET', key, i)
                add(c, 'r', neg(r[2]))
                if lost then
                  add(c, 's', r[2])
                  add(c, 'u', r[2])
                end
              end
              if r[1] == 'o' then redis.call('HSET', key, 's', 'u') elseif lost then redis.call('HSET', key, 's', 'v') else redis.call('DEL', key) end
            end
          end
        end

        """;

    /// <summary>KEYS: the reservation, its counters. ARGV: id, amount, lease in ms, the counters' limits. Gives 0 and each counter's three numbers; 1, which and its numbers; 2, which is not loaded; 3 = settled already.</summary>
    public static readonly RedisScript Reserve = new(Common + """
        local lease = tonumber(ARGV[3])
        sweep(lease)
        local kind = redis.call('TYPE', KEYS[1]).ok
        if kind == 'string' then return {3} end
        if kind == 'hash' then
          revive(KEYS[1])
          redis.call('ZADD', L, now + lease, ARGV[1])
        end
        for i = 2, #KEYS do
          if redis.call('EXISTS', KEYS[i]) == 0 then return {2, i - 2} end
        end
        for i = 2, #KEYS do
          local c = redis.call('HMGET', KEYS[i], 's', 'r', 'u')
          if not fits(c[1], c[2], ARGV[2], ARGV[i + 2]) then return {1, i - 2, c[1], c[2], c[3]} end
        end
        if kind == 'hash' then
          redis.call('HINCRBY', KEYS[1], 'a', ARGV[2])
        else
          redis.call('HSET', KEYS[1], 's', 'o', 'a', ARGV[2], 'n', #KEYS - 1)
          for i = 2, #KEYS do redis.call('HSET', KEYS[1], i - 1, KEYS[i]) end
          redis.call('PEXPIRE', KEYS[1], 172800000)
        end
        redis.call('ZADD', L, now + lease, ARGV[1])
        local answer = {0}
        for i = 2, #KEYS do
          redis.call('HINCRBY', KEYS[i], 'r', ARGV[2])
          local c = redis.call('HMGET', KEYS[i], 's', 'r', 'u')
          answer[#answer + 1] = c[1]
          answer[#answer + 1] = c[2]
          answer[#answer + 1] = c[3]
        end
        return answer
        """);

    /// <summary>KEYS: the reservation, its counters. ARGV: id, cost, lease in ms, 1 = said before. Gives each counter's numbers. The same twice changes nothing.</summary>
    public static readonly RedisScript Settle = new(Common + """
        local key = KEYS[1]
        local kind = redis.call('TYPE', key).ok
        if kind == 'hash' then
          local r = redis.call('HMGET', key, 's', 'a', 'n')
          for i = 1, tonumber(r[3]) do
            local c = redis.call('HGET', key, i)
            if r[1] == 'u' then
              add(c, 'u', neg(r[2]))
              add(c, 's', neg(r[2]))
            else
              add(c, 'r', neg(r[2]))
            end
            add(c, 's', ARGV[2])
          end
          redis.call('DEL', key)
          redis.call('SET', key, 'd', 'PX', 60000)
          redis.call('ZREM', L, ARGV[1])
        elseif kind == 'none' then
          if ARGV[4] ~= '1' then
            for i = 2, #KEYS do add(KEYS[i], 's', ARGV[2]) end
          end
          redis.call('SET', key, 'd', 'PX', 60000)
        end
        sweep(tonumber(ARGV[3]))
        local answer = {}
        for i = 2, #KEYS do
          local c = redis.call('HMGET', KEYS[i], 's', 'r', 'u')
          answer[#answer + 1] = c[1] or '0'
          answer[#answer + 1] = c[2] or '0'
          answer[#answer + 1] = c[3] or '0'
        end
        return answer
        """);

    /// <summary>KEYS: the counter. ARGV: spent, unknown, how long it is kept in ms. Raises what is there to what is kept on disk: never down, for disk may be behind.</summary>
    public static readonly RedisScript Load = new(Common + """
        if redis.call('EXISTS', KEYS[1]) == 0 then
          redis.call('HSET', KEYS[1], 's', ARGV[1], 'r', '0', 'u', ARGV[2])
          redis.call('PEXPIRE', KEYS[1], ARGV[3])
          return 1
        end
        local c = redis.call('HMGET', KEYS[1], 's', 'u')
        if not fits(ARGV[1], '0', '0', c[1]) then redis.call('HSET', KEYS[1], 's', ARGV[1]) end
        return 0
        """);

    /// <summary>KEYS: the leases. ARGV: lease in ms, 1 = this instance could not reach Redis since it renewed last, ids. Gives those that nobody knows any more: they must be restored.</summary>
    public static readonly RedisScript Renew = new(Common + """
        local lease = tonumber(ARGV[1])
        local lost = {}
        -- Whoever died meanwhile may have spent its allowance, however short it was.
        if ARGV[2] == '1' then redis.call('SET', P .. 'gap', string.format('%.0f', now)) end
        for i = 3, #ARGV do
          local key = P .. 'r:' .. ARGV[i]
          local kind = redis.call('TYPE', key).ok
          if kind == 'none' then
            lost[#lost + 1] = ARGV[i]
          elseif kind == 'hash' then
            revive(key)
            redis.call('ZADD', L, now + lease, ARGV[i])
          end
        end
        sweep(lease)
        return lost
        """);

    /// <summary>KEYS: the reservation, its counters. ARGV: id, amount, lease in ms. Of one that Redis has lost with its data.</summary>
    public static readonly RedisScript Restore = new(Common + """
        if redis.call('EXISTS', KEYS[1]) == 1 then return 0 end
        redis.call('HSET', KEYS[1], 's', 'o', 'a', ARGV[2], 'n', #KEYS - 1)
        for i = 2, #KEYS do
          redis.call('HSET', KEYS[1], i - 1, KEYS[i])
          add(KEYS[i], 'r', ARGV[2])
        end
        redis.call('PEXPIRE', KEYS[1], 172800000)
        redis.call('ZADD', L, now + tonumber(ARGV[3]), ARGV[1])
        return 1
        """);

    /// <summary>
    /// KEYS: the allowance, its counter. ARGV: id, what was spent of it, its new amount, the limit, lease in ms, a number that rises: what was spent is booked once for each, the part of
    /// the new amount that requests under way hold: it was theirs before, and stays so however little is left. Gives the amount that it has now and the counter's numbers; -1 = the counter is not loaded.
    /// </summary>
    public static readonly RedisScript Allow = new(Common + """
        local key, c = KEYS[1], KEYS[2]
        sweep(tonumber(ARGV[5]) / 10)
        if redis.call('EXISTS', c) == 0 then return {'-1'} end
        local r = redis.call('HMGET', key, 'a', 'q', 's')
        local before = r[1] or '0'
        if r[3] == 'v' then
          redis.call('HINCRBY', c, 's', neg(before))
          redis.call('HINCRBY', c, 'u', neg(before))
          before = '0'
        end
        if not r[2] or tonumber(r[2]) < tonumber(ARGV[6]) then redis.call('HINCRBY', c, 's', ARGV[2]) end
        redis.call('HINCRBY', c, 'r', neg(before))
        local n = redis.call('HMGET', c, 's', 'r', 'u')
        local amount = ARGV[3]
        if not fits(n[1], n[2], amount, ARGV[4]) then amount = ARGV[7] end
        redis.call('HINCRBY', c, 'r', amount)
        redis.call('HSET', key, 's', 'l', 'a', amount, 'n', 1, '1', c, 'q', ARGV[6], 'g', string.format('%.0f', now))
        redis.call('PEXPIRE', key, 172800000)
        redis.call('ZADD', L, now + tonumber(ARGV[5]), ARGV[1])
        n = redis.call('HMGET', c, 's', 'r', 'u')
        return {amount, n[1], n[2], n[3]}
        """);

    /// <summary>KEYS: a mark. ARGV: how long it is kept in ms. 1 = this is the first who asks.</summary>
    public static readonly RedisScript First = new("""
        if redis.call('SET', KEYS[1], '1', 'NX', 'PX', ARGV[1]) then return 1 end
        return 0
        """);
}
