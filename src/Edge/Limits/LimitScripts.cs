using Edge.Storage.Redis;

namespace Edge.Limits;

/// <summary>
/// What runs inside Redis. One call takes all the limits of a request or none. Time is Redis' own, so that instances need not agree on theirs. Microseconds since 1970 and token counts
/// are exact in Lua's doubles (up to 2^53).
/// </summary>
internal static class LimitScripts
{
    /// <summary>Arguments of each key: <c>kind cost most x lease</c>.</summary>
    public const int TakeArguments = 5;

    /// <summary>Answers of each key: <c>fits used wait reset</c>, the last two in milliseconds.</summary>
    public const int TakeAnswers = 4;

    /// <summary>
    /// Kinds: <c>s</c> = a sliding window (x = units that leak in a microsecond; the time is its own), <c>p</c> = a period (x = seconds that its key is kept), <c>c</c> = places
    /// (x = milliseconds of a lease, lease = its name). The answer: 1 or 0 for all, then four numbers for each key, as they are after the take.
    /// </summary>
    public static readonly RedisScript Take = new("""
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        local all = 1
        local level, at, fits = {}, {}, {}
        for i = 1, #KEYS do
          local b = (i - 1) * 5
          local kind, cost, most, x = ARGV[b + 1], tonumber(ARGV[b + 2]), tonumber(ARGV[b + 3]), tonumber(ARGV[b + 4])
          if kind == 's' then
            local v = redis.call('HMGET', KEYS[i], 'l', 't')
            local l, last = tonumber(v[1]) or 0, tonumber(v[2]) or now
            if last > now + 60000000 then last = now end
            if now > last then l = math.max(0, l - (now - last) * x) end
            level[i], at[i] = l, math.max(now, last)
          elseif kind == 'p' then
            level[i] = tonumber(redis.call('GET', KEYS[i]) or '0')
          else
            redis.call('ZREMRANGEBYSCORE', KEYS[i], '-inf', now)
            level[i] = redis.call('ZCARD', KEYS[i])
          end
          if cost == 0 or level[i] + cost <= most + 0.000001 then fits[i] = 1 else fits[i] = 0 all = 0 end
        end
        local out = { all }
        for i = 1, #KEYS do
          local b = (i - 1) * 5
          local kind, cost, most, x = ARGV[b + 1], tonumber(ARGV[b + 2]), tonumber(ARGV[b + 3]), tonumber(ARGV[b + 4])
          local used, wait, reset = level[i], 0, 0
          if all == 1 and cost > 0 then
            used = used + cost
            if kind == 's' then
              redis.call('HSET', KEYS[i], 'l', string.format('%.17g', used), 't', string.format('%.0f', at[i]))
              redis.call('PEXPIRE', KEYS[i], math.ceil(used / x / 1000) + 1000)
            elseif kind == 'p' then
              redis.call('INCRBY', KEYS[i], ARGV[b + 2])
              redis.call('EXPIRE', KEYS[i], ARGV[b + 4])
            else
              redis.call('ZADD', KEYS[i], string.format('%.0f', now + x * 1000), ARGV[b + 5])
              redis.call('PEXPIRE', KEYS[i], ARGV[b + 4])
            end
          end
          if kind == 's' then
            reset = math.ceil(used / x / 1000)
            if fits[i] == 0 then wait = math.ceil((used + cost - most) / x / 1000) end
            used = math.ceil(used - 0.000001)
          end
          out[#out + 1], out[#out + 2], out[#out + 3], out[#out + 4] = fits[i], used, wait, reset
        end
        return out
        """);

    /// <summary>Arguments of each key: <c>kind change x lease</c>.</summary>
    public const int ChangeArguments = 4;

    /// <summary>Corrects what was taken. Kinds as above, and <c>r</c> = the lease ends, <c>c</c> = it is renewed (and made, where Redis has lost it).</summary>
    public static readonly RedisScript Change = new("""
        local t = redis.call('TIME')
        local now = t[1] * 1000000 + t[2]
        for i = 1, #KEYS do
          local b = (i - 1) * 4
          local kind, change, x = ARGV[b + 1], tonumber(ARGV[b + 2]), tonumber(ARGV[b + 3])
          if kind == 's' then
            local v = redis.call('HMGET', KEYS[i], 'l', 't')
            local l, last = tonumber(v[1]) or 0, tonumber(v[2]) or now
            if now > last then l = math.max(0, l - (now - last) * x) end
            l = l + change
            if l <= 0.000001 then
              redis.call('DEL', KEYS[i])
            else
              redis.call('HSET', KEYS[i], 'l', string.format('%.17g', l), 't', string.format('%.0f', math.max(now, last)))
              redis.call('PEXPIRE', KEYS[i], math.ceil(l / x / 1000) + 1000)
            end
          elseif kind == 'p' then
            if redis.call('INCRBY', KEYS[i], ARGV[b + 2]) < 0 then redis.call('SET', KEYS[i], '0') end
            redis.call('EXPIRE', KEYS[i], ARGV[b + 3])
          elseif kind == 'r' then
            redis.call('ZREM', KEYS[i], ARGV[b + 4])
          else
            redis.call('ZADD', KEYS[i], string.format('%.0f', now + x * 1000), ARGV[b + 4])
            redis.call('PEXPIRE', KEYS[i], ARGV[b + 3])
          end
        end
        return 1
        """);

    /// <summary>One instance says that it is there, for so many milliseconds; the answer is how many are.</summary>
    public static readonly RedisScript Announce = new("""
        local t = redis.call('TIME')
        local now = t[1] * 1000 + math.floor(t[2] / 1000)
        redis.call('ZREMRANGEBYSCORE', KEYS[1], '-inf', now)
        if tonumber(ARGV[2]) > 0 then redis.call('ZADD', KEYS[1], now + ARGV[2], ARGV[1]) else redis.call('ZREM', KEYS[1], ARGV[1]) end
        redis.call('PEXPIRE', KEYS[1], 60000)
        return redis.call('ZCARD', KEYS[1])
        """);
}
