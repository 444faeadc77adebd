using System.Buffers;
using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon watch</c>: what happens, one change a line, for as long as somebody reads.</summary>
internal static class WatchCommand
{
    public static Command Build(Terminal terminal)
    {
        var topics = new Option<string[]>("--topics")
        {
            Description = $"Only these, separated by commas: {string.Join(", ", Topics.All)}.",
            HelpName = "TOPICS",
        };
        topics.Validators.Add(result =>
        {
            foreach (var topic in Split(result.GetValueOrDefault<string[]>()))
            {
                if (!Topics.All.Contains(topic))
                {
                    result.AddError($"'{topic}' is no topic: there are {string.Join(", ", Topics.All)}.");
                }
            }
        });
        var after = new Option<long?>("--after") { Description = "Begin after this seq instead of now; 0 begins with the oldest change." };
        after.Validators.Add(result =>
        {
            if (result.Tokens is [var token] && long.TryParse(token.Value, out var seq) && seq < 0)
            {
                result.AddError("--after is 0 or more.");
            }
        });
        var project = new Option<string?>("--project") { Description = "Only this project. Else CARILLON_PROJECT, else all that you see." };
        var command = new Command("watch", "Print changes as they happen, one JSON object a line, and reconnect when needed.")
        {
            topics, after, project,
        };
        var remote = Remote.AddTo(command, terminal);
        command.SetAction(async (parsed, cancel) =>
        {
            using var interruption = new Interruption(cancel);
            var place = parsed.GetValue(project) ?? terminal.Variable("CARILLON_PROJECT");
            return await remote.RunAsync(parsed, async http =>
            {
                http.Timeout = Timeout.InfiniteTimeSpan;    // the stream has its own idea of silence
                await FollowAsync(
                    terminal,
                    http,
                    parsed.GetValue(after) is { } seq ? new StreamPosition(null, seq) : null,
                    new StreamFilter
                    {
                        Topics = Split(parsed.GetValue(topics)),
                        ProjectId = place,
                    },
                    interruption.Token);
            }, place);
        });
        return command;
    }

    internal static async Task FollowAsync(
        Terminal terminal, HttpClient http, StreamPosition? position, StreamFilter filter, CancellationToken stop)
    {
        await using var output = terminal.OpenOutput();
        var line = new ArrayBufferWriter<byte>(1024);

        // Not HTML: a name with an accent shall be readable in a terminal.
        await using var json = new Utf8JsonWriter(line, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });
        var interrupted = false;
        try
        {
            await foreach (var item in new ChangeStream(http, terminal.Time).ReadAsync(position, filter, stop))
            {
                switch (item)
                {
                    case StreamItem.Changed changed:
                        JsonSerializer.Serialize(json, changed.Change, CarillonJson.Lenient.Change);
                        await json.FlushAsync(CancellationToken.None);
                        line.Write("\n"u8);

                        // Not cancellable: half a line is no line.
                        await WriteAsync(output, line.WrittenMemory);
                        line.ResetWrittenCount();
                        json.Reset();
                        break;

                    case StreamItem.Connected connected:
                        if (interrupted)
                        {
                            terminal.Say("Connected again.");
                            interrupted = false;
                        }

                        if (connected.Gap)
                        {
                            terminal.Say($"Some changes are no longer kept and were missed; continuing after seq {connected.Hello.Head}.");
                        }

                        break;

                    // The first attempt follows at once and mostly succeeds (servers end streams now and then): not worth a word.
                    case StreamItem.Reconnecting { Attempt: > 0 } lost when !interrupted:
                        terminal.Say($"Reconnecting to {http.BaseAddress}: {lost.Reason}");
                        interrupted = true;
                        break;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            // Asked to stop: that is how it ends.
        }
        catch (ReaderGoneException)
        {
            // `carillon watch | head -1` has what it wanted.
        }
    }

    private static async Task WriteAsync(Stream output, ReadOnlyMemory<byte> line)
    {
        try
        {
            await output.WriteAsync(line, CancellationToken.None);
            await output.FlushAsync(CancellationToken.None);
        }
        catch (IOException)
        {
            throw new ReaderGoneException();
        }
    }

    private static string[] Split(string[]? texts) =>
        [.. (texts ?? []).SelectMany(text => text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries))];

    private sealed class ReaderGoneException : Exception;
}
