using System.Globalization;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;

namespace Carillon.Protocol;

/// <summary>How Carillon writes and reads JSON: camel case, times in UTC with <c>Z</c>, nothing unknown in a request.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.CamelCase,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    AllowDuplicateProperties = false,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    Converters = [typeof(UtcTimeConverter)])]
[JsonSerializable(typeof(ActionAnswer))]
[JsonSerializable(typeof(ActionRequest))]
[JsonSerializable(typeof(ActionToken))]
[JsonSerializable(typeof(ActivityReport))]
[JsonSerializable(typeof(AuditEntry))]
[JsonSerializable(typeof(AuditList))]
[JsonSerializable(typeof(Change))]
[JsonSerializable(typeof(CreatedToken))]
[JsonSerializable(typeof(Hello))]
[JsonSerializable(typeof(IReadOnlyList<NotificationAction>))]
[JsonSerializable(typeof(IReadOnlyDictionary<string, JsonElement>))]
[JsonSerializable(typeof(IDictionary<string, JsonElement>))]
[JsonSerializable(typeof(CurrentPerson))]
[JsonSerializable(typeof(NewProject))]
[JsonSerializable(typeof(NewToken))]
[JsonSerializable(typeof(NewUser))]
[JsonSerializable(typeof(NotificationAnswer))]
[JsonSerializable(typeof(NotificationList))]
[JsonSerializable(typeof(NotificationUpdate))]
[JsonSerializable(typeof(Problem))]
[JsonSerializable(typeof(ProjectAnswer))]
[JsonSerializable(typeof(ProjectList))]
[JsonSerializable(typeof(ProjectUpdate))]
[JsonSerializable(typeof(PublishNotification))]
[JsonSerializable(typeof(PublishedNotification))]
[JsonSerializable(typeof(ReadAllNotifications))]
[JsonSerializable(typeof(ResolveNotifications))]
[JsonSerializable(typeof(string))]
[JsonSerializable(typeof(SessionAnswer))]
[JsonSerializable(typeof(ActivityAnswer))]
[JsonSerializable(typeof(QueueMove))]
[JsonSerializable(typeof(SessionChange))]
[JsonSerializable(typeof(SessionList))]
[JsonSerializable(typeof(SetupRequest))]
[JsonSerializable(typeof(SetupState))]
[JsonSerializable(typeof(SignInList))]
[JsonSerializable(typeof(SignInRequest))]
[JsonSerializable(typeof(StreamError))]
[JsonSerializable(typeof(TokenList))]
[JsonSerializable(typeof(UpdatedCount))]
[JsonSerializable(typeof(UserAnswer))]
[JsonSerializable(typeof(UserList))]
[JsonSerializable(typeof(UserUpdate))]
[JsonSerializable(typeof(AgentList))]
[JsonSerializable(typeof(ChatFrame))]
[JsonSerializable(typeof(ChatRequestFrame))]
[JsonSerializable(typeof(IReadOnlyList<RunStep>))]
[JsonSerializable(typeof(MessageAnswer))]
[JsonSerializable(typeof(MessageList))]
[JsonSerializable(typeof(NewSession))]
[JsonSerializable(typeof(SessionUpdate))]
[JsonSerializable(typeof(PullRequestAnswer))]
[JsonSerializable(typeof(PullRequestChange))]
[JsonSerializable(typeof(PullRequestList))]
[JsonSerializable(typeof(PullRequestReport))]
[JsonSerializable(typeof(RunStep))]
[JsonSerializable(typeof(SendMessage))]
[JsonSerializable(typeof(TakeMessages))]
[JsonSerializable(typeof(TakenMessages))]
[JsonSerializable(typeof(DeliveredMessages))]
[JsonSerializable(typeof(BellChoice))]
[JsonSerializable(typeof(SubscriptionStates))]
public sealed partial class CarillonJson : JsonSerializerContext
{
    /// <summary>Gives other options the same rules.</summary>
    /// <param name="options">The options of a web framework, for example.</param>
    public static void Configure(JsonSerializerOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        options.PropertyNamingPolicy = JsonNamingPolicy.CamelCase;

        // Never inside a page: as itself a letter is one to four bytes, escaped it is six.
        options.Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping;
        options.PropertyNameCaseInsensitive = false;
        options.NumberHandling = JsonNumberHandling.Strict;
        options.UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow;
        options.AllowDuplicateProperties = false;
        options.RespectNullableAnnotations = true;
        options.RespectRequiredConstructorParameters = true;
        options.Converters.Add(new UtcTimeConverter());
    }

    /// <summary>For what is stored and sent: the same, with letters as themselves.</summary>
    public static CarillonJson Compact => field ??= new(new JsonSerializerOptions(Default.Options!)
    {
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    });

    /// <summary>For clients: the same, but members that a newer server added are skipped instead of refused.</summary>
    public static CarillonJson Lenient => field ??= new(new JsonSerializerOptions(Default.Options!)
    {
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Skip,
    });
}

/// <summary>Times are ISO 8601 in UTC with milliseconds and <c>Z</c>; anything with an offset is accepted.</summary>
public sealed class UtcTimeConverter : JsonConverter<DateTimeOffset>
{
    private const string Format = "yyyy-MM-dd'T'HH:mm:ss.fff'Z'";

    /// <inheritdoc />
    public override DateTimeOffset Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options) =>
        reader.GetDateTimeOffset().ToUniversalTime();

    /// <inheritdoc />
    public override void Write(Utf8JsonWriter writer, DateTimeOffset value, JsonSerializerOptions options) => WriteTime(writer, value);

    /// <summary>Writes a time as a JSON string.</summary>
    /// <param name="writer">Where to.</param>
    /// <param name="value">The time, in any offset.</param>
    public static void WriteTime(Utf8JsonWriter writer, DateTimeOffset value)
    {
        Span<byte> text = stackalloc byte[24];
        value.UtcDateTime.TryFormat(text, out var written, Format, CultureInfo.InvariantCulture);
        writer.WriteStringValue(text[..written]);
    }

    /// <summary>A time as text, for example <c>2026-11-21T09:00:00.000Z</c>.</summary>
    /// <param name="value">The time, in any offset.</param>
    /// <returns>24 characters.</returns>
    public static string Text(DateTimeOffset value) => value.UtcDateTime.ToString(Format, CultureInfo.InvariantCulture);
}
