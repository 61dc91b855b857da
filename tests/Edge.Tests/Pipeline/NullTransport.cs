using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using Edge.Pipeline;
using Microsoft.AspNetCore.Hosting.Server.Abstractions;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Edge.Tests.Pipeline;

/// <summary>
/// A server's side of one connection without a socket: the request is in memory, the answer stays there. Reused from request to request, so that what is
/// allocated is the pipeline's own. Shared with the benchmarks.
/// </summary>
public sealed class NullTransport : FeatureCollection, IHttpRequestFeature, IHttpResponseFeature, IHttpResponseBodyFeature, IRequestBodyPipeFeature,
    IHttpRequestLifetimeFeature, IHostContextContainer<RequestContext>
{
    private readonly CapturingWriter _output = new();
    private readonly MemoryReader _input = new();
    private readonly HeaderDictionary _requestHeaders = [];
    private readonly HeaderDictionary _responseHeaders = [];

    public NullTransport()
    {
        Set<IHttpRequestFeature>(this);
        Set<IHttpResponseFeature>(this);
        Set<IHttpResponseBodyFeature>(this);
        Set<IRequestBodyPipeFeature>(this);
        Set<IHttpRequestLifetimeFeature>(this);
    }

    public CancellationTokenSource Client { get; private set; } = new();

    /// <summary>Everything that was written since <see cref="Begin"/>.</summary>
    public ReadOnlySpan<byte> Written => _output.Written;

    public string WrittenText => Encoding.UTF8.GetString(Written);

    /// <summary>The written text after each flush, where <see cref="KeepFlushes"/> is on.</summary>
    public List<string> Flushes => _output.Flushes;

    public bool KeepFlushes
    {
        set => _output.KeepFlushes = value;
    }

    public string Method { get; set; } = "POST";

    public string Path { get; set; } = "/v1/chat/completions";

    public int StatusCode { get; set; }

    public IHeaderDictionary ResponseHeaders => _responseHeaders;

    public IHeaderDictionary RequestHeaders => _requestHeaders;

    RequestContext? IHostContextContainer<RequestContext>.HostContext { get; set; }

    IHeaderDictionary IHttpRequestFeature.Headers
    {
        get => _requestHeaders;
        set => throw new InvalidOperationException();
    }

    IHeaderDictionary IHttpResponseFeature.Headers
    {
        get => _responseHeaders;
        set => throw new InvalidOperationException();
    }

    string IHttpRequestFeature.Protocol { get; set; } = "HTTP/1.1";

    string IHttpRequestFeature.Scheme { get; set; } = "http";

    string IHttpRequestFeature.PathBase { get; set; } = "";

    string IHttpRequestFeature.QueryString { get; set; } = "";

    public string RawTarget { get; set; } = "/v1/chat/completions";

    Stream IHttpRequestFeature.Body { get; set; } = Stream.Null;

    string? IHttpResponseFeature.ReasonPhrase { get; set; }

    Stream IHttpResponseFeature.Body { get; set; } = Stream.Null;

    public bool HasStarted { get; private set; }

    PipeReader IRequestBodyPipeFeature.Reader => _input;

    PipeWriter IHttpResponseBodyFeature.Writer => _output;

    Stream IHttpResponseBodyFeature.Stream => Stream.Null;

    CancellationToken IHttpRequestLifetimeFeature.RequestAborted
    {
        get => Client.Token;
        set => throw new InvalidOperationException();
    }

    /// <summary>Ready for the next request on this connection.</summary>
    public NullTransport Begin(ReadOnlyMemory<byte> body)
    {
        _input.Set(body);
        _output.Clear();
        _responseHeaders.Clear();
        StatusCode = 200;
        HasStarted = false;
        return this;
    }

    public Task StartAsync(CancellationToken cancellationToken = default)
    {
        HasStarted = true;
        return Task.CompletedTask;
    }

    /// <summary>One request from beginning to end, as the server would drive it.</summary>
    public async Task RunAsync(RequestPipeline pipeline)
    {
        var context = pipeline.CreateContext(this);
        await pipeline.ProcessRequestAsync(context);
        pipeline.DisposeContext(context, null);
    }

    public async Task<NullTransport> SendAsync(PipelineKit kit)
    {
        await RunAsync(kit.Pipeline);
        return this;
    }

    void IHttpRequestLifetimeFeature.Abort() => Client.Cancel();

    Task IHttpResponseBodyFeature.CompleteAsync() => Task.CompletedTask;

    void IHttpResponseBodyFeature.DisableBuffering()
    {
    }

    Task IHttpResponseBodyFeature.SendFileAsync(string path, long offset, long? count, CancellationToken cancellationToken) => throw new NotSupportedException();

    void IHttpResponseFeature.OnStarting(Func<object, Task> callback, object state)
    {
    }

    void IHttpResponseFeature.OnCompleted(Func<object, Task> callback, object state)
    {
    }

    private sealed class MemoryReader : PipeReader
    {
        private ReadOnlySequence<byte> _rest;

        public void Set(ReadOnlyMemory<byte> body) => _rest = new(body);

        public override bool TryRead(out ReadResult result)
        {
            result = new ReadResult(_rest, isCanceled: false, isCompleted: true);
            return true;
        }

        public override ValueTask<ReadResult> ReadAsync(CancellationToken cancellationToken = default) => new(new ReadResult(_rest, isCanceled: false, isCompleted: true));

        public override void AdvanceTo(SequencePosition consumed) => _rest = _rest.Slice(consumed);

        public override void AdvanceTo(SequencePosition consumed, SequencePosition examined) => AdvanceTo(consumed);

        public override void CancelPendingRead()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }
    }

    private sealed class CapturingWriter : PipeWriter
    {
        private byte[] _bytes = new byte[64 * 1024];
        private int _length;
        private int _flushed;

        public ReadOnlySpan<byte> Written => _bytes.AsSpan(0, _length);

        public List<string> Flushes { get; } = [];

        public bool KeepFlushes { get; set; }

        public override bool CanGetUnflushedBytes => true;

        public override long UnflushedBytes => _length - _flushed;

        public void Clear()
        {
            _length = _flushed = 0;
            Flushes.Clear();
        }

        public override void Advance(int bytes) => _length += bytes;

        public override Memory<byte> GetMemory(int sizeHint = 0)
        {
            Ensure(sizeHint);
            return _bytes.AsMemory(_length);
        }

        public override Span<byte> GetSpan(int sizeHint = 0)
        {
            Ensure(sizeHint);
            return _bytes.AsSpan(_length);
        }

        public override ValueTask<FlushResult> FlushAsync(CancellationToken cancellationToken = default)
        {
            if (KeepFlushes) Flushes.Add(Encoding.UTF8.GetString(_bytes, _flushed, _length - _flushed));
            _flushed = _length;
            return new(new FlushResult(isCanceled: false, isCompleted: false));
        }

        public override ValueTask<FlushResult> WriteAsync(ReadOnlyMemory<byte> source, CancellationToken cancellationToken = default)
        {
            Ensure(source.Length);
            source.Span.CopyTo(_bytes.AsSpan(_length));
            _length += source.Length;
            return FlushAsync(cancellationToken);
        }

        public override void CancelPendingFlush()
        {
        }

        public override void Complete(Exception? exception = null)
        {
        }

        private void Ensure(int more)
        {
            if (_bytes.Length - _length < Math.Max(more, 1)) Array.Resize(ref _bytes, Math.Max(_bytes.Length * 2, _length + more));
        }
    }
}
