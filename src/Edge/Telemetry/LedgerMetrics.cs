using Edge.Ledger;
using Edge.Pipeline;
using Prometheus;

namespace Edge.Telemetry;

/// <summary>Money by provider and model, and the way of rows into the ledger. Models are clients' words: the first 200 have series of their own, all further ones are counted as <c>other</c>.</summary>
public sealed class LedgerMetrics
{
    private readonly Counter _cost;
    private readonly Counter _unpriced;
    private readonly Counter _posted;
    private readonly Counter _written;
    private readonly Counter _batches;
    private readonly Counter _lost;
    private readonly Counter _errors;
    private readonly Gauge _waiting;
    private readonly Gauge _memory;
    private readonly Gauge _journal;
    private readonly Gauge _oldest;
    private readonly HashSet<(string Provider, string Model)> _models = [];

    public LedgerMetrics(IMetricFactory factory)
    {
        _cost = factory.CreateCounter("edge_cost_usd_total", "What requests cost, in US dollars; exact sums are in the ledger.", ["provider", "model"]);
        _unpriced = factory.CreateCounter("edge_cost_unpriced_requests_total", "Requests to models that no price is known of.", ["provider", "model"]);
        _posted = factory.CreateCounter("edge_ledger_rows_total", "Rows of the ledger since the start.");
        _written = factory.CreateCounter("edge_ledger_rows_written_total", "Rows of the ledger that are in the database.");
        _batches = factory.CreateCounter("edge_ledger_batches_total", "Transactions that wrote rows of the ledger.");
        _lost = factory.CreateCounter("edge_ledger_rows_lost_total", "Rows of the ledger that there was no room for while the database was away.");
        _errors = factory.CreateCounter("edge_ledger_write_errors_total", "Attempts to write the ledger that failed; they are repeated.");
        _waiting = factory.CreateGauge("edge_ledger_rows_waiting", "Rows of the ledger that are not in the database yet.");
        _memory = factory.CreateGauge("edge_ledger_memory_bytes", "What waits for the journal, or for the database, in memory.");
        _journal = factory.CreateGauge("edge_ledger_journal_bytes", "Size of the ledger's journal on disk.");
        _oldest = factory.CreateGauge("edge_ledger_oldest_seconds", "Age of the oldest row that waits for a database that is away; 0 = none does.");
    }

    /// <summary>One thread at a time.</summary>
    public void Add(in CompletedRequest request)
    {
        if (request.IsShadow || request.Attempts.Target is not { } target) return;
        var pair = (target.Provider.Name, target.Model);
        if (!_models.Contains(pair))
        {
            if (_models.Count < RoutingMetrics.MaxModels) _models.Add(pair);
            else pair.Model = RoutingMetrics.OtherModels;
        }
        if (request.Cost > 0) _cost.WithLabels(pair.Name, pair.Model).Inc(request.Cost / 1e9);
        else if (!request.IsPriced) _unpriced.WithLabels(pair.Name, pair.Model).Inc();
    }

    /// <summary>Values that are read when somebody looks.</summary>
    public void Sample(LedgerService ledger)
    {
        _posted.IncTo(ledger.Stage.Posted);
        if (ledger.Worker is not { } worker) return;
        _written.IncTo(worker.Written);
        _batches.IncTo(worker.Batches);
        _lost.IncTo(worker.Lost);
        _errors.IncTo(worker.Errors);
        var waiting = worker.Waiting;
        _waiting.Set(waiting.Rows);
        _memory.Set(waiting.Memory);
        _journal.Set(waiting.Disk);
        _oldest.Set(worker.OldestAge.TotalSeconds);
    }
}
