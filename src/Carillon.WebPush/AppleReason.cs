using System.Text.Json;

namespace Carillon.WebPush;

/// <summary>Apple's push service answers a wrong VAPID key with 400 and <c>{"reason":"VapidPkHashMismatch"}</c>, where others use 401 and 403.</summary>
internal static class AppleReason
{
    /// <summary>True for a reason about the VAPID key or its token. By its words, since Apple keeps no closed list.</summary>
    public static bool IsAboutKeys(string answer)
    {
        try
        {
            using var document = JsonDocument.Parse(answer);
            return document.RootElement is { ValueKind: JsonValueKind.Object } root
                && root.TryGetProperty("reason", out var reason)
                && reason.ValueKind is JsonValueKind.String
                && reason.GetString() is { } name
                && (name.Contains("Vapid", StringComparison.OrdinalIgnoreCase) || name.Contains("Jwt", StringComparison.OrdinalIgnoreCase));
        }
        catch (Exception error) when (error is JsonException or InvalidOperationException)
        {
            // Somebody else's 400, in words of its own.
            return false;
        }
    }
}
