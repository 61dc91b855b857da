using System.Globalization;
using System.Net.Sockets;
using System.Runtime.CompilerServices;
using System.Text;
using Edge.Configuration;
using Edge.Metering;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Routing;
using Edge.Storage.Redis;
using Edge.Tenancy;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Limits;

/// <summary>
/// Step 3, second part: how much of the limits above it a request takes. All limits of a request are asked at once: in memory, or by one script of Redis.
/// </summary>
public sealed class RateLimitStage : IDisposable
{
    // As many letters of a model's, user's or address's name as are told apart.
    private const int MostLetters = LimitCells.MostLetters;

    private readonly LimitClock _clock;
    private readonly MemoryLimiter _memory;
    private readonly RedisLimiter? _shared;
    private readonly MeterRegistry _meters;
    private readonly TimeProvider _time;
    private readonly LimitBook _gateway = new();
    private readonly LimitBook _anonymous = new();

    /// <param name="time">The clock.</param>
    /// <param name="meters">Every tenant's.</param>
    /// <param name="redis">Where limits are shared; null = they are this process's alone.</param>
    /// <param name="config">What cannot be changed while it runs: the time zone.</param>
    public RateLimitStage(TimeProvider time, MeterRegistry? meters = null, RedisConnection? redis = null, LimitsConfig? config = null)
    {
        config ??= new();
        _time = time;
        _meters = meters ?? new();
        _clock = new LimitClock(time, config.TimeZone);
        _memory = new MemoryLimiter(_clock);
        if (redis is not null) _shared = new RedisLimiter(redis, _clock, time, () => Slots) { Lease = config.Lease };
    }

    /// <summary>What was let in and refused.</summary>
    internal LimitCounters Counters { get; } = new();

    /// <summary>Instances that share the limits, as last known.</summary>
    public int Instances => _shared?.Instances ?? 1;

    /// <summary>Hears of their number when it is another one.</summary>
    public Action<int>? InstancesChanged
    {
        set
        {
            if (_shared is not null) _shared.InstancesChanged = value;
        }
    }

    /// <summary>Redis is configured and away.</summary>
    public bool IsAlone => _shared is { IsUp: false };

    /// <summary>Every limit that there is.</summary>
    internal IEnumerable<LimitSlot> Slots => _gateway.Slots.Concat(_anonymous.Slots).Concat(_meters.All.SelectMany(meters => meters.Limits.Slots));

    /// <summary>Background work, by name.</summary>
    public IEnumerable<(string Name, Func<CancellationToken, Task> Run)> Workers =>
        _shared is null ? [("limits", SweepAsync)] : [("limits", SweepAsync), ("limits-redis", _shared.RunAsync)];

    /// <summary>False = the context holds an error (<c>RATE_LIMIT_EXCEEDED</c>). Completes at once where the limits are in memory.</summary>
    public ValueTask<bool> RunAsync(RequestContext context)
    {
        var config = context.State.Config;
        var gateway = _gateway.Of(config.Limits);
        var caller = context.Caller;
        var anonymous = caller.Kind == CallerKind.Anonymous ? _anonymous.OfAnonymous(config) : [];
        if (gateway.Length == 0 && anonymous.Length == 0 && caller.Tenants.Count == 0 && config.Limits.MaxTokensPerRequest is null) return new(true);

        var take = context.Limits ??= new();
        take.Clear();
        var needs = new Needs();
        if (config.Limits.MaxTokensPerRequest is { } most && !CheckSize(context, ref needs, most)) return new(false);
        Collect(context, take, gateway, ref needs);
        Collect(context, take, anonymous, ref needs);
        for (var i = 0; i < caller.Tenants.Count; i++) Collect(context, take, caller.Tenants[i].Meters.Limits.Of(caller.Tenants[i]), ref needs);
        if (take.Count == 0) return new(true);
        if (_shared is not null) return _shared.IsUp ? TakeSharedAsync(context, take) : new(TakeAlone(context, take));
        return new(_memory.TryTake(take) ? Admit(take) : Refuse(context, take));
    }

    /// <summary>Step 9, once for every request that ran: gives back its place among concurrent ones, and corrects what it took of tokens to what it used. Never blocks.</summary>
    public void Settle(RequestContext context, in Settlement settlement)
    {
        if (context.Limits is not { Count: > 0 } take) return;
        if (take.IsTaken) Settle(take, TokensOf(context, settlement));
        take.Clear();
    }

    public void Dispose() => _shared?.Dispose();

    private void Settle(LimitTake take, long tokens)
    {
        if (take.IsShared)
        {
            _shared!.Settle(take, tokens);
            return;
        }
        _memory.Settle(take, tokens, Instances, isOwed: _shared is not null);
        _shared?.SettleAlone(take);
    }

    // What was refused or never sent used nothing; what was answered without a word about tokens is believed to have used what it was taken for.
    private static long TokensOf(RequestContext context, in Settlement settlement)
    {
        if (!settlement.WasSent) return 0;
        var usage = settlement.Usage;
        if (usage.Input < 0 && usage.Output < 0) return context.Outcome is Outcome.Completed or Outcome.ClientGone && context.SentStatus is >= 200 and < 300 ? -1 : 0;
        return Math.Max(0, usage.Input) + Math.Max(0, usage.Output);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> TakeSharedAsync(RequestContext context, LimitTake take)
    {
        return await _shared!.TryTakeAsync(take) switch
        {
            true => Admit(take),
            false => Refuse(context, take),
            _ => TakeAlone(context, take),
        };
    }

    private bool TakeAlone(RequestContext context, LimitTake take)
    {
        Counters.Alone();
        switch (context.State.Config.Limits.OnStoreFailure)
        {
            case LimitFallback.Open:
                take.Clear();
                return true;
            case LimitFallback.Closed:
                take.Clear();
                return context.Fail(ErrorCode.LimitsUnavailable);
        }
        _shared!.BeginAlone(take);
        if (!_memory.TryTake(take, _shared.Instances, isOwed: true)) return Refuse(context, take);
        _shared.Admitted(take);
        return Admit(take);
    }

    private bool Admit(LimitTake take)
    {
        foreach (ref var entry in take.Entries) Counters.Admitted(entry.Rule, entry.Cost);
        return true;
    }

    private bool Refuse(RequestContext context, LimitTake take)
    {
        ref var entry = ref take.Entries[take.Refused];
        Counters.Refused(entry.Rule);
        return context.Fail(ErrorCode.RateLimitExceeded, message: LimitTexts.Refusal(entry.Rule, entry.Cost, take.StandingOf(take.Refused)));
    }

    private static void Collect(RequestContext context, LimitTake take, LimitSlot[] slots, ref Needs needs)
    {
        foreach (ref readonly var slot in slots.AsSpan())
        {
            var rule = slot.Rule;
            if (rule.Models.Count > 0 && !IsFor(rule, context)) continue;
            var cost = 1L;
            if (rule.Kind == LimitKind.Tokens)
            {
                // Without a body that was read there are no tokens to count.
                if (!needs.Find(context)) continue;
                cost = needs.Charge(rule.Most);
                take.Tokens = needs.Input + needs.Output;
            }
            if (rule.By == LimitBy.Tenant) take.Add(rule, slot.Cells, slot.Cells.One, cost);
            else if (TryCell(context, slot, out var cell)) take.Add(rule, slot.Cells, cell, cost);
        }
    }

    private static bool IsFor(LimitRule rule, RequestContext context)
    {
        Span<char> letters = stackalloc char[MostLetters];
        var model = ModelOf(context, letters);
        foreach (var pattern in rule.Models)
        {
            if (System.IO.Enumeration.FileSystemName.MatchesSimpleExpression(pattern, model, ignoreCase: false)) return true;
        }
        return false;
    }

    private static bool TryCell(RequestContext context, in LimitSlot slot, out LimitCell cell)
    {
        Span<char> letters = stackalloc char[MostLetters];
        ReadOnlySpan<char> name = slot.Rule.By switch
        {
            LimitBy.Model => ModelOf(context, letters),
            LimitBy.User => UserOf(context, letters),
            _ => AddressOf(context, letters),
        };
        cell = slot.Cells.Of(name);
        // A socket file has no address, a file's upload no model; whoever names no user shares one limit with all who name none.
        return name.Length > 0 || slot.Rule.By == LimitBy.User;
    }

    private static ReadOnlySpan<char> ModelOf(RequestContext context, Span<char> letters)
    {
        var model = context.Fields.Model;
        return context.BodyBytes == 0 ? default : Letters(context.Body.Span.Slice(model.Start, model.Length), letters);
    }

    private static ReadOnlySpan<char> UserOf(RequestContext context, Span<char> letters)
    {
        if (context.BodyBytes == 0 || context.Index.Tokens.IsEmpty) return default;
        var root = new JsonValue(context.Body.Span, context.Index.Tokens);
        var user = root["user"u8].RawText;
        if (user.IsEmpty) user = root["safety_identifier"u8].RawText;
        if (user.IsEmpty && root["metadata"u8] is { Kind: Simd.Json.JsonKind.Object } metadata) user = metadata["user_id"u8].RawText;
        return Letters(user, letters);
    }

    private static ReadOnlySpan<char> Letters(ReadOnlySpan<byte> text, Span<char> letters)
    {
        // Longer names are told apart no further; where the cut goes through a letter, it is dropped.
        Encoding.UTF8.TryGetChars(text[..Math.Min(text.Length, letters.Length)], letters, out var written);
        return letters[..written];
    }

    private static ReadOnlySpan<char> AddressOf(RequestContext context, Span<char> letters)
    {
        if (context.Features.Get<IHttpConnectionFeature>()?.RemoteIpAddress is not { } address) return default;
        Span<byte> bytes = stackalloc byte[16];
        if (!address.TryWriteBytes(bytes, out var length)) return default;
        if (address.IsIPv4MappedToIPv6) bytes = bytes[12..16];
        else if (address.AddressFamily == AddressFamily.InterNetworkV6)
        {
            // A household or a server has a /64 of its own, and 2^64 addresses to hide behind.
            Convert.TryToHexStringLower(bytes[..8], letters, out var hex);
            "::/64".CopyTo(letters[hex..]);
            return letters[..(hex + 5)];
        }
        else bytes = bytes[..length];
        letters.TryWrite(CultureInfo.InvariantCulture, $"{bytes[0]}.{bytes[1]}.{bytes[2]}.{bytes[3]}", out var written);
        return letters[..written];
    }

    private static bool CheckSize(RequestContext context, ref Needs needs, long most)
    {
        if (!needs.Find(context)) return true;
        if (needs.Input <= most && needs.Input + needs.Asked <= most) return true;
        return context.Fail(ErrorCode.TooManyTokens, message: needs.Input > most
            ? $"The prompt has about {needs.Input} tokens; this gateway allows {most} a request, prompt and answer together."
            : $"The prompt (about {needs.Input} tokens) and the {needs.Asked} tokens asked for are more than the {most} that this gateway allows a request.");
    }

    private async Task SweepAsync(CancellationToken cancel)
    {
        using var timer = new PeriodicTimer(TimeSpan.FromMinutes(1), _time);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel)) Sweep();
        }
        catch (OperationCanceledException)
        {
        }
    }

    /// <summary>Throws out what is counted for users, addresses and models that nobody would miss.</summary>
    internal void Sweep()
    {
        var now = _clock.Now;
        var periods = _clock.Current();
        foreach (var slot in Slots) slot.Cells.Sweep(slot.Rule, now, MemoryLimiter.PeriodOf(slot.Rule, periods), Instances);
    }

    // What a request asks of token limits, found when the first of them wants to know.
    private struct Needs
    {
        public long Input, Output, Asked;
        private bool _isFound;

        public bool Find(RequestContext context)
        {
            if (_isFound) return true;
            if (context.BodyBytes == 0 || context.Index.Tokens.IsEmpty) return false;
            var needs = RequestNeeds.Of(new JsonValue(context.Body.Span, context.Index.Tokens));
            Input = Math.Max(1, needs.InputTokens);
            Asked = needs.MaxOutputTokens;
            var hasAnswer = context.Operation is not (Endpoints.Operation.Embeddings or Endpoints.Operation.CountTokens);
            Output = !hasAnswer ? 0 : Asked > 0 ? Asked : context.State.Config.Limits.AssumedOutputTokens;
            context.InputEstimate = Input;
            return _isFound = true;
        }

        // A cap of the answer that is larger than the limit itself says nothing about the answer; a prompt that is can never pass.
        public readonly long Charge(long most) => Input >= most ? Input : Input + Math.Min(Output, most - Input);
    }
}
