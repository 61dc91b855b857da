using System.Buffers.Binary;
using System.Text;
using Edge.Model;
using Edge.Pipeline;
using Edge.Providers.Json;
using Edge.Routing;

namespace Edge.Cache;

/// <summary>
/// Makes the key of a request: whose it is, what is asked in which dialect, which targets could answer, and its body in <see cref="CanonicalJson">canonical form</see> as the guard has left it, so that no key is made of
/// personal data.
/// </summary>
/// <remarks>
/// Members that do not shape the answer are left out; docs/cache.md names them. All others count, known or not. A dialect is part of the key: that two bodies of different dialects mean the same cannot be
/// seen from their members.
/// </remarks>
internal static class CacheKeys
{
    // Changes with the form: an older instance's entries in a shared store are nobody's then.
    private const byte Version = 1;

    // Headers that travel to the provider and change what it does, and what tells the simulator how to behave.
    private static readonly string[] _headers = ["openai-beta", "anthropic-beta", "x-edge-simulate"];

    /// <summary>False = no provider serves the model.</summary>
    public static bool TryMake(RequestContext context, CacheTicket ticket, out CacheKey key)
    {
        key = default;
        if (!TryWrite(context, ticket, hole: -1)) return false;
        key = CacheKey.Of(ticket.Scratch.Span);
        ticket.Scratch.Clear();
        return true;
    }

    /// <summary>Of everything that shapes the answer but one text.</summary>
    /// <param name="context">The request.</param>
    /// <param name="ticket">Its scratch is used.</param>
    /// <param name="hole">The text's token.</param>
    /// <param name="scope">Half of a SHA-256.</param>
    public static bool TryMakeScope(RequestContext context, CacheTicket ticket, int hole, out UInt128 scope)
    {
        scope = default;
        if (!TryWrite(context, ticket, hole)) return false;
        Span<byte> hash = stackalloc byte[CacheKey.Size];
        CacheKey.Of(ticket.Scratch.Span).CopyTo(hash);
        scope = BinaryPrimitives.ReadUInt128BigEndian(hash);
        ticket.Scratch.Clear();
        return true;
    }

    private static bool TryWrite(RequestContext context, CacheTicket ticket, int hole)
    {
        var scratch = ticket.Scratch;
        scratch.Clear();
        var caller = context.Caller;
        var head = scratch.GetSpan(10);
        head[0] = Version;
        head[1] = (byte)context.Client.Wire;
        BinaryPrimitives.WriteUInt64LittleEndian(head[2..], caller.Scope);
        scratch.Advance(10);
        // Who may use less than others of the tenant must not get what only those may.
        Add(scratch, caller.Access.IsOpen ? "" : caller.Id);
        if (!TryAddTargets(context, scratch)) return false;
        foreach (var name in _headers)
        {
            if (!context.Request.Headers.TryGetValue(name, out var value)) continue;
            Add(scratch, name);
            Add(scratch, value.ToString());
        }
        ticket.Canonical.Write(context.Body, context.Index, scratch, static name => IsLeftOut(name), hole);
        return true;
    }

    // How the answer is delivered, who asks, and what the gateway does about it. What the guard is asked to do shows in the texts, and in the answer it is done again.
    internal static bool IsLeftOut(JsonText name) => name.Bytes.Length switch
    {
        4 => name.Is("user"u8),
        5 => name.Is("cache"u8),
        6 => name.Is("stream"u8) || name.Is("safety"u8) || name.Is("budget"u8),
        8 => name.Is("metadata"u8),
        14 => name.Is("stream_options"u8),
        16 => name.Is("prompt_cache_key"u8),
        17 => name.Is("safety_identifier"u8),
        22 => name.Is("prompt_cache_retention"u8),
        _ => false,
    };

    // A name may lead elsewhere after a reload, and a rule may send the same body to different places: then the answers are different ones, too.
    private static bool TryAddTargets(RequestContext context, PooledBuffer scratch)
    {
        var state = context.State;
        var model = context.Fields.Model;
        ReadOnlySpan<byte> name = context.Body.Span.Slice(model.Start, model.Length);
        if (model.Escaped) name = GatewayStateBuilder.Escaped(new JsonText(name, isEscaped: true).ToString());
        if (state.Rules.Count > 0 && RuleOf(context, name) is { } rule)
        {
            Add(scratch, rule.Name);
            if (rule.Use is { } use)
            {
                Add(scratch, use);
                return true;
            }
        }
        var isKnown = RouteStage.TryFind(state, name, out RoutePlan plan);
        if (isKnown) Add(scratch, plan);
        var wishes = new RoutingWishes(context);
        if (!wishes.HasModels) return isKnown;
        foreach (var element in wishes.Models.Elements)
        {
            ReadOnlySpan<byte> wished = element.RawText;
            if (element.Token.Escaped) wished = GatewayStateBuilder.Escaped(element.Text.ToString());
            if (!RouteStage.TryFind(state, wished, out plan)) continue;
            isKnown = true;
            Add(scratch, plan);
        }
        return isKnown;
    }

    private static RoutingRule? RuleOf(RequestContext context, ReadOnlySpan<byte> name)
    {
        var needs = RequestNeeds.Of(new JsonValue(context.Body.Span, context.Index.Tokens));
        foreach (var rule in context.State.Rules)
        {
            if (rule.Fits(context, name, needs)) return rule;
        }
        return null;
    }

    private static void Add(PooledBuffer scratch, RoutePlan plan)
    {
        Add(scratch, plan.Candidates.Length);
        foreach (ref readonly var candidate in plan.Candidates)
        {
            Add(scratch, candidate.Route.Target.Name);
            Add(scratch, candidate.Route.Model.Length);
            scratch.Append(candidate.Route.Model.Span);
        }
    }

    private static void Add(PooledBuffer scratch, string text)
    {
        var room = scratch.GetSpan(4 + Encoding.UTF8.GetMaxByteCount(text.Length));
        var length = Encoding.UTF8.GetBytes(text, room[4..]);
        BinaryPrimitives.WriteInt32LittleEndian(room, length);
        scratch.Advance(4 + length);
    }

    private static void Add(PooledBuffer scratch, int number)
    {
        BinaryPrimitives.WriteInt32LittleEndian(scratch.GetSpan(4), number);
        scratch.Advance(4);
    }
}
