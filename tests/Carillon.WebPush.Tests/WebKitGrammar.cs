using System.Text.Json;

namespace Carillon.WebPush;

/// <summary>
/// What WebKit takes for a declarative message, each rule as strict as it is there or stricter: members of a wrong type fail the whole, and badge and
/// <c>mutable</c> stand inside of <c>notification</c>.
/// </summary>
internal static class WebKitGrammar
{
    public sealed record Shown(string Title, string Navigate, ulong? AppBadge, bool Mutable);

    public static Shown Read(ReadOnlyMemory<byte> json)
    {
        using var document = JsonDocument.Parse(json, new JsonDocumentOptions { AllowDuplicateProperties = false });
        var root = document.RootElement;
        Assert.Equal(8030, root.GetProperty("web_push").GetInt32());
        var notification = root.GetProperty("notification");
        Assert.Equal(JsonValueKind.Object, notification.ValueKind);

        var title = notification.GetProperty("title").GetString()!;
        Assert.NotEmpty(title);
        var navigate = Address(notification.GetProperty("navigate"));
        ulong? badge = null;
        bool isMutable = false;
        foreach (var member in notification.EnumerateObject())
        {
            switch (member.Name)
            {
                case "dir":
                    Assert.Contains(member.Value.GetString(), (string[])["auto", "ltr", "rtl"]);
                    break;
                case "lang" or "body" or "tag":
                    Assert.Equal(JsonValueKind.String, member.Value.ValueKind);
                    break;
                case "icon":
                    Address(member.Value);
                    break;
                case "silent":
                    member.Value.GetBoolean();
                    break;
                case "mutable":
                    isMutable = member.Value.GetBoolean();
                    break;
                case "app_badge":
                    var digits = member.Value.GetString()!;
                    Assert.Matches("^[0-9]+$", digits);
                    badge = ulong.Parse(digits);
                    break;
            }
        }

        return new Shown(title, navigate, badge, isMutable);
    }

    private static string Address(JsonElement value)
    {
        // Without a base, so a relative one is none.
        Assert.True(Uri.TryCreate(value.GetString(), UriKind.Absolute, out var address) && address.Scheme is "http" or "https");
        return value.GetString()!;
    }
}
