using Edge.Providers.Chat;
using Edge.Providers.Errors;
using Edge.Providers.Json;

namespace Edge.Providers.Dialects.Responses;

/// <summary>
/// The events of a stream. https://platform.openai.com/docs/api-reference/responses-streaming
/// <code>
/// event = "event: " type LF "data: {"type":" type ","sequence_number":" n ... "}" LF LF
/// </code>
/// </summary>
public abstract partial class ResponsesAnswerEncoder
{
    public void Citation(int choice, in ChatCitation citation)
    {
        // Of the text said last: where its item is done already, the source stands in the whole output alone.
        var isOpen = OpenText() is not null;
        if (choice != 0 || _closed || (OpenText() ?? LastText()) is not { } part) return;
        var start = part.Annotations.Length > 0 ? part.Annotations.Length + 1 : 0;
        var text = new JsonOut(part.Annotations);
        if (start > 0) text.Raw(","u8);
        Annotation(ref text, part, citation);
        text.Flush();
        if (_isStream && isOpen)
        {
            var json = Event("event: response.output_text.annotation.added\ndata: {\"type\":\"response.output_text.annotation.added\""u8);
            json.Raw(part.Head.Span);
            json.Raw(",\"annotation_index\":"u8);
            json.Number(part.AnnotationCount);
            json.Raw(",\"annotation\":"u8);
            json.Raw(part.Annotations.Span[start..]);
            json.Raw("}\n\n"u8);
            json.Flush();
        }
        part.AnnotationCount++;
    }

    private static void Annotation(ref JsonOut json, ResponsesPart part, in ChatCitation citation)
    {
        if (citation.Url.IsEmpty)
        {
            json.Raw("{\"type\":\"file_citation\","u8);
            OpenAi.OpenAiChatText.FileCitation(ref json, citation);
            json.Raw("}"u8);
            return;
        }
        // Counted from the choice's beginning there, from the part's here.
        json.Raw("{\"type\":\"url_citation\",\"start_index\":"u8);
        json.Number(citation.Start < 0 ? 0 : Math.Max(citation.Start - part.Before, 0));
        json.Raw(",\"end_index\":"u8);
        json.Number(citation.End < 0 ? part.Units : Math.Max(citation.End - part.Before, 0));
        json.Raw(",\"url\":"u8);
        json.String(citation.Url);
        json.Raw(",\"title\":"u8);
        json.String(citation.Title);
        json.Raw("}"u8);
    }

    // The first event comes with the first content and not at Start: until something was said another provider may still be tried.
    private JsonOut Event(ReadOnlySpan<byte> type, int size = 512)
    {
        if (_sequence == 0) Opening();
        return Numbered(type, size);
    }

    private void Opening()
    {
        var json = Numbered("event: response.created\ndata: {\"type\":\"response.created\""u8, _settings.Echo.Length + 1024);
        json.Raw(",\"response\":"u8);
        Response(ref json, "in_progress"u8, isFinal: false, default, null);
        json.Raw("}\n\n"u8);
        json.Flush();
        json = Numbered("event: response.in_progress\ndata: {\"type\":\"response.in_progress\""u8, _settings.Echo.Length + 1024);
        json.Raw(",\"response\":"u8);
        Response(ref json, "in_progress"u8, isFinal: false, default, null);
        json.Raw("}\n\n"u8);
        json.Flush();
    }

    private JsonOut Numbered(ReadOnlySpan<byte> type, int size)
    {
        var json = new JsonOut(_output, size);
        json.Raw(type);
        json.Raw(",\"sequence_number\":"u8);
        json.Number(_sequence++);
        return json;
    }

    private JsonOut Delta(ReadOnlySpan<byte> type, ResponsesPart part, JsonText text, int more = 0)
    {
        var json = Event(type, type.Length + part.Head.Length + text.Bytes.Length + more + 80);
        json.Raw(part.Head.Span);
        json.Raw(",\"delta\":\""u8);
        json.Text(text);
        return json;
    }

    private void Announce(ResponsesItem item)
    {
        if (!_isStream) return;
        var json = Event("event: response.output_item.added\ndata: {\"type\":\"response.output_item.added\""u8);
        WriteItem(ref json, item, isWhole: false);
    }

    private void AnnounceContent(ResponsesPart part)
    {
        var json = Event("event: response.content_part.added\ndata: {\"type\":\"response.content_part.added\""u8);
        json.Raw(part.Head.Span);
        json.Raw(",\"part\":"u8);
        part.WriteContent(ref json);
        json.Raw("}\n\n"u8);
        json.Flush();
    }

    private void AnnounceSummary(ResponsesPart part)
    {
        var json = Event("event: response.reasoning_summary_part.added\ndata: {\"type\":\"response.reasoning_summary_part.added\""u8);
        json.Raw(part.Head.Span);
        json.Raw(",\"part\":"u8);
        part.WriteSummary(ref json);
        json.Raw("}\n\n"u8);
        json.Flush();
    }

    private void EndContent(ResponsesItem item)
    {
        var part = item.Last;
        if (part.IsRefusal) Done("event: response.refusal.done\ndata: {\"type\":\"response.refusal.done\""u8, part, ",\"refusal\":\""u8, "\"}\n\n"u8);
        else
        {
            var json = Event("event: response.output_text.done\ndata: {\"type\":\"response.output_text.done\""u8, part.Text.Length + 512);
            json.Raw(part.Head.Span);
            json.Raw(",\"text\":\""u8);
            json.Raw(part.Text.Span);
            json.Raw("\",\"logprobs\":["u8);
            json.Raw(part.Logprobs.Span);
            json.Raw("]}\n\n"u8);
            json.Flush();
        }
        var done = Event("event: response.content_part.done\ndata: {\"type\":\"response.content_part.done\""u8, part.Text.Length + 512);
        done.Raw(part.Head.Span);
        done.Raw(",\"part\":"u8);
        part.WriteContent(ref done);
        done.Raw("}\n\n"u8);
        done.Flush();
    }

    private void EndItem(ResponsesItem item)
    {
        switch (item.Kind)
        {
            case ResponsesItemKind.Message when item.PartCount > 0:
                EndContent(item);
                break;
            case ResponsesItemKind.Reasoning when item.PartCount > 0:
                EndSummary(item.Last);
                break;
            case ResponsesItemKind.FunctionCall:
                if (FillArguments(item))
                {
                    var json = Delta("event: response.function_call_arguments.delta\ndata: {\"type\":\"response.function_call_arguments.delta\""u8, item.Last, JsonText.Plain("{}"u8));
                    json.Raw("\"}\n\n"u8);
                    json.Flush();
                }
                EndCall(item);
                break;
            case ResponsesItemKind.CustomCall:
                if (item.Last.Text.Length > 0)
                {
                    Done("event: response.custom_tool_call_input.delta\ndata: {\"type\":\"response.custom_tool_call_input.delta\""u8, item.Last, ",\"delta\":\""u8, "\"}\n\n"u8);
                }
                Done("event: response.custom_tool_call_input.done\ndata: {\"type\":\"response.custom_tool_call_input.done\""u8, item.Last, ",\"input\":\""u8, "\"}\n\n"u8);
                break;
        }
        var done = Event("event: response.output_item.done\ndata: {\"type\":\"response.output_item.done\""u8);
        WriteItem(ref done, item, isWhole: true);
    }

    private void EndSummary(ResponsesPart part)
    {
        Done("event: response.reasoning_summary_text.done\ndata: {\"type\":\"response.reasoning_summary_text.done\""u8, part, ",\"text\":\""u8, "\"}\n\n"u8);
        var json = Event("event: response.reasoning_summary_part.done\ndata: {\"type\":\"response.reasoning_summary_part.done\""u8, part.Text.Length + 512);
        json.Raw(part.Head.Span);
        json.Raw(",\"part\":"u8);
        part.WriteSummary(ref json);
        json.Raw("}\n\n"u8);
        json.Flush();
    }

    private void EndCall(ResponsesItem item)
    {
        var part = item.Last;
        var json = Event("event: response.function_call_arguments.done\ndata: {\"type\":\"response.function_call_arguments.done\""u8, part.Text.Length + 512);
        json.Raw(part.Head.Span);
        json.Raw(",\"name\":\""u8);
        json.Raw(item.Name.Span);
        json.Raw("\",\"arguments\":\""u8);
        json.Raw(part.Text.Span);
        json.Raw("\"}\n\n"u8);
        json.Flush();
    }

    // An event that repeats all of a part's text.
    private void Done(ReadOnlySpan<byte> type, ResponsesPart part, ReadOnlySpan<byte> before, ReadOnlySpan<byte> behind)
    {
        var json = Event(type, part.Text.Length + 512);
        json.Raw(part.Head.Span);
        json.Raw(before);
        json.Raw(part.Text.Span);
        json.Raw(behind);
        json.Flush();
    }

    private static void WriteItem(ref JsonOut json, ResponsesItem item, bool isWhole)
    {
        json.Raw(",\"output_index\":"u8);
        json.Number(item.Index);
        json.Raw(",\"item\":"u8);
        item.Write(ref json, isWhole);
        json.Raw("}\n\n"u8);
        json.Flush();
    }

    private void Completed(ReadOnlySpan<byte> reason)
    {
        var json = Event(reason.IsEmpty
            ? "event: response.completed\ndata: {\"type\":\"response.completed\""u8
            : "event: response.incomplete\ndata: {\"type\":\"response.incomplete\""u8, 2048);
        json.Raw(",\"response\":"u8);
        Response(ref json, reason.IsEmpty ? "completed"u8 : "incomplete"u8, isFinal: true, reason, null);
        json.Raw("}\n\n"u8);
        json.Flush();
    }

    private void Failed(ProviderError error)
    {
        var json = Event("event: error\ndata: {\"type\":\"error\""u8);
        json.Raw(",\"error\":"u8);
        ResponsesText.EventError(ref json, error);
        json.Raw("}\n\n"u8);
        json.Flush();
        json = Event("event: response.failed\ndata: {\"type\":\"response.failed\""u8);
        json.Raw(",\"response\":"u8);
        Response(ref json, "failed"u8, isFinal: true, default, error);
        json.Raw("}\n\n"u8);
        json.Flush();
    }

    private void Response(ref JsonOut json, ReadOnlySpan<byte> status, bool isFinal, ReadOnlySpan<byte> incomplete, ProviderError? error)
    {
        json.Raw("{\"id\":\""u8);
        json.Raw(_id.Span);
        json.Raw("\",\"object\":\"response\",\"created_at\":"u8);
        json.Number(_created);
        json.Raw(",\"status\":\""u8);
        json.Raw(status);
        json.Raw("\",\"background\":false,\"error\":"u8);
        if (error is null) json.Raw("null"u8);
        else ResponsesText.Error(ref json, error);
        json.Raw(",\"incomplete_details\":"u8);
        if (incomplete.IsEmpty) json.Raw("null"u8);
        else
        {
            json.Raw("{\"reason\":\""u8);
            json.Raw(incomplete);
            json.Raw("\"}"u8);
        }
        json.Raw(",\"model\":\""u8);
        json.Raw(_model.Span);
        json.Raw("\","u8);
        json.Raw(_settings.Echo.IsEmpty ? ResponsesText.NoEcho : _settings.Echo.Span);
        // The member is optional: where nobody said which tier served the request, none is claimed.
        if (_tier.Length > 0)
        {
            json.Raw("\"service_tier\":\""u8);
            json.Raw(_tier.Span);
            json.Raw("\","u8);
        }
        json.Raw("\"output\":["u8);
        var any = false;
        for (var i = 0; isFinal && i < _count; i++)
        {
            // Only a failed answer has open ones here: half an item is none.
            if (_items[i].IsOpen) continue;
            if (any) json.Raw(","u8);
            any = true;
            _items[i].Write(ref json, isWhole: true);
        }
        json.Raw("],\"usage\":"u8);
        if (isFinal && _usage.IsReported) ResponsesText.Usage(ref json, _usage);
        else json.Raw("null"u8);
        if (isFinal && !FinalMembers.IsEmpty)
        {
            json.Raw(","u8);
            json.Raw(FinalMembers.Span);
        }
        json.Raw("}"u8);
    }
}
