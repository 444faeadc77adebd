using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Carillon.Protocol.Tests")]
