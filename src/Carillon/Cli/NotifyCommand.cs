using System.CommandLine;
using Carillon.Protocol;

namespace Carillon.Cli;

/// <summary><c>carillon notify "text"</c>: puts a notification into somebody's inbox and prints its id.</summary>
internal static class NotifyCommand
{
    private const string DefaultType = "agent.message";

    public static Command Build(Terminal terminal)
    {
        var text = new Argument<string>("text") { Description = "What to say, up to 1,000 characters." };
        var title = new Option<string?>("--title") { Description = "A heading, up to 80 characters." };
        var priority = new Option<string>("--priority")
        {
            Description = $"How loudly: {string.Join(", ", Priorities.All)}.",
            DefaultValueFactory = _ => Priorities.Info,
        };
        priority.AcceptOnlyFromAmong([.. Priorities.All]);
        var type = new Option<string>("--type")
        {
            Description = "What kind of event it is, a dotted word such as build.failed.",
            DefaultValueFactory = _ => DefaultType,
        };
        var session = new Option<string?>("--session") { Description = "The session that it belongs to. Else CARILLON_SESSION." };
        var project = new Option<string?>("--project") { Description = "The project that it belongs to. Else CARILLON_PROJECT." };
        var to = new Option<string[]>("--to") { Description = "A name, a PN ID or everyone; may be repeated. Else yourself." };
        var actions = new Option<NotificationAction[]>("--action")
        {
            Description = "A button, KIND[=LABEL][@ROUTE-or-URL], up to four. Kinds: " + string.Join(", ", ActionKinds.All) + ".",
            HelpName = "ACTION",
            Arity = ArgumentArity.ZeroOrMore,
            CustomParser = result =>
            {
                try
                {
                    return ActionText.ParseAll([.. result.Tokens.Select(token => token.Value)]);
                }
                catch (FormatException error)
                {
                    result.AddError(error.Message);
                    return [];
                }
            },
        };
        var dedupe = new Option<string?>("--dedupe") { Description = "While a notification with this key is unseen or open, join it instead of adding one. It moves to the top, and rings when there is news." };
        var cause = new Option<string?>("--cause") { Description = "What `carillon resolve` names to take the alert back." };
        var idempotency = new Option<string?>("--idempotency-key") { Description = "Repeating the command with the same key adds nothing." };

        var command = new Command("notify", "Put a notification into an inbox and print its id.")
        {
            text, title, priority, type, session, project, to, actions, dedupe, cause, idempotency,
        };
        var remote = Remote.AddTo(command, terminal);
        string? Project(ParseResult parsed) => parsed.GetValue(project) ?? terminal.Variable("CARILLON_PROJECT");
        command.SetAction((parsed, cancel) => remote.RunAsync(parsed, async http =>
        {
            var published = await new CarillonClient(http, terminal.Time).PublishAsync(
                new PublishNotification
                {
                    To = parsed.GetValue(to) is { Length: > 0 } names ? names : null,
                    ProjectId = Project(parsed),
                    SessionId = parsed.GetValue(session) ?? terminal.Variable("CARILLON_SESSION"),
                    Type = parsed.GetValue(type)!,
                    Priority = parsed.GetValue(priority)!,
                    Title = parsed.GetValue(title),
                    Message = parsed.GetValue(text)!,
                    Actions = parsed.GetValue(actions) is { Length: > 0 } buttons ? buttons : null,
                    DedupeKey = parsed.GetValue(dedupe),
                    CauseKey = parsed.GetValue(cause),
                },
                parsed.GetValue(idempotency),
                cancel);
            terminal.Output.WriteLine(published.Notification.Id);
        }, Project(parsed)));
        return command;
    }
}
