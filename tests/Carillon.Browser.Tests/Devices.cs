namespace Carillon;

/// <summary>What people hold in their hands or have on their desks.</summary>
internal static class Devices
{
    public static BrowserNewContextOptions Phone(ColorScheme scheme = ColorScheme.Light) => new()
    {
        ViewportSize = new() { Width = 390, Height = 844 },
        HasTouch = true,
        IsMobile = true,
        ColorScheme = scheme,
    };

    public static BrowserNewContextOptions Desktop(ColorScheme scheme = ColorScheme.Light, int width = 1440) => new()
    {
        ViewportSize = new() { Width = width, Height = 900 },
        ColorScheme = scheme,
    };
}
