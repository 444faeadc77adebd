using System.Runtime.CompilerServices;

// The remote commands are tested beside the client that they stand on.
[assembly: InternalsVisibleTo("Carillon.Protocol.Tests")]
