using System.CommandLine;
using Carillon.Cli;

namespace Carillon.Protocol.Tests;

/// <summary>A terminal of strings.</summary>
internal sealed class FakeTerminal : IDisposable
{
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public Dictionary<string, string> Variables { get; } = new() { ["XDG_CACHE_HOME"] = Directory.CreateTempSubdirectory("carillon-test-").FullName };

    public Stream Input { get; set; } = Stream.Null;

    public Stream RawOutput { get; set; } = new MemoryStream();

    public TimeProvider Time { get; set; } = TimeProvider.System;

    /// <summary>What was to be started beside it.</summary>
    public List<string> Detached { get; } = [];

    public bool CanDetach { get; set; } = true;

    /// <summary>What whoever sits at the terminal types unseen; empty when nobody sits there.</summary>
    public Queue<string> Unseen { get; } = [];

    /// <summary>What whoever sits there answers; null when nobody sits there.</summary>
    public string? Answer { get; set; }

    /// <summary>What the terminal asked.</summary>
    public List<string> Questions { get; } = [];

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    public Terminal Terminal => new()
    {
        OpenInput = () => Input,
        OpenOutput = () => RawOutput,
        Output = _output,
        Error = _error,
        Variable = name => Variables.GetValueOrDefault(name),
        Ask = Answer is null ? null : question =>
        {
            Questions.Add(question);
            return Answer;
        },
        AskUnseen = Unseen.Count == 0 ? null : question =>
        {
            Questions.Add(question);
            return Unseen.Dequeue();
        },
        Time = Time,
        Begun = Time.GetUtcNow,
        Detach = arguments =>
        {
            Detached.Add(string.Join(' ', arguments));
            return CanDetach;
        },
    };

    public Task<int> RunAsync(params string[] args) =>
        CommandLine.RunAsync(args, Terminal, new InvocationConfiguration { Output = _output, Error = _error });

    public void Dispose()
    {
        Directory.Delete(Variables["XDG_CACHE_HOME"], recursive: true);
        _output.Dispose();
        _error.Dispose();
    }
}
