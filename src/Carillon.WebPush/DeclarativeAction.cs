namespace Carillon.WebPush;

/// <summary>A button of a <see cref="DeclarativeMessage"/>.</summary>
/// <param name="Action">By what the page's worker knows it.</param>
/// <param name="Title">What stands on it.</param>
/// <param name="Navigate">
/// What opens when it is pressed: absolute, http or https, at most 1,024 characters when written in ASCII. The standard refuses a whole message if one of
/// its actions has no address.
/// </param>
/// <exception cref="ArgumentException"><paramref name="Navigate"/> is not such an address.</exception>
public sealed record DeclarativeAction(string Action, string Title, Uri Navigate)
{
    /// <summary>What opens when it is pressed.</summary>
    /// <exception cref="ArgumentException">It is not an absolute http or https address of at most 1,024 characters.</exception>
    public Uri Navigate
    {
        get;
        init => field = Checked(value);
    } = Checked(Navigate);

    internal static Uri Checked(Uri address)
    {
        ArgumentNullException.ThrowIfNull(address);
        if (!address.IsAbsoluteUri
            || (address.Scheme != Uri.UriSchemeHttp && address.Scheme != Uri.UriSchemeHttps)
            || address.UserInfo.Length > 0
            || Origin.Whole(address).Length > DeclarativeMessage.MaxAddressLength)
        {
            throw new ArgumentException(
                $"An address is absolute, http or https, without user information, and has {DeclarativeMessage.MaxAddressLength} characters at most");
        }

        return address;
    }
}
