using System.Text.Json;

namespace Carillon.WebPush;

/// <summary>
/// What the W3C's Push API takes for a declarative message, with the rules of the Notifications standard for what it makes of one. Stricter: members that neither
/// standard nor WebKit knows fail here.
/// </summary>
internal static class StandardGrammar
{
    public sealed record Shown(string Title, string Navigate, ulong? AppBadge, bool Mutable, int Actions);

    public static Shown Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var root = document.RootElement;
        Assert.Equal(8030, root.GetProperty("web_push").GetInt64());
        ulong? badge = null;
        bool isMutable = false;
        foreach (var member in root.EnumerateObject())
        {
            switch (member.Name)
            {
                case "web_push" or "notification":
                    break;
                case "app_badge":
                    badge = member.Value.GetUInt64();
                    break;
                case "mutable":
                    isMutable = member.Value.GetBoolean();
                    break;
                default:
                    Assert.Fail($"unknown: {member.Name}");
                    break;
            }
        }

        var notification = root.GetProperty("notification");
        var actions = 0;
        foreach (var member in notification.EnumerateObject())
        {
            switch (member.Name)
            {
                case "title" or "body" or "lang" or "tag":
                    Assert.Equal(JsonValueKind.String, member.Value.ValueKind);
                    break;
                case "dir":
                    Assert.Contains(member.Value.GetString(), (string[])["auto", "ltr", "rtl"]);
                    break;
                case "navigate" or "icon":
                    Address(member.Value);
                    break;
                case "silent" or "requireInteraction":
                    member.Value.GetBoolean();
                    break;
                case "renotify":
                    Assert.False(member.Value.GetBoolean() && Text(notification, "tag") is null or "");
                    break;
                case "actions":
                    actions = Actions(member.Value);
                    break;
                case "data" or "app_badge" or "mutable":
                    break;
                default:
                    Assert.Fail($"unknown: {member.Name}");
                    break;
            }
        }

        return new Shown(notification.GetProperty("title").GetString()!, Address(notification.GetProperty("navigate")), badge, isMutable, actions);
    }

    private static int Actions(JsonElement actions)
    {
        foreach (var action in actions.EnumerateArray())
        {
            Assert.Equal(["action", "title", "navigate"], action.EnumerateObject().Select(member => member.Name));
            Assert.Equal(JsonValueKind.String, action.GetProperty("action").ValueKind);
            Assert.Equal(JsonValueKind.String, action.GetProperty("title").ValueKind);
            Address(action.GetProperty("navigate"));
        }

        return actions.GetArrayLength();
    }

    private static string? Text(JsonElement parent, string name) => parent.TryGetProperty(name, out var value) ? value.GetString() : null;

    private static string Address(JsonElement value)
    {
        Assert.True(Uri.TryCreate(value.GetString(), UriKind.Absolute, out var address) && address.Scheme is "http" or "https");
        return value.GetString()!;
    }
}
