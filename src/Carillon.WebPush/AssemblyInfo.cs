using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Carillon.WebPush.Tests")]
