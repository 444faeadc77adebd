using System.Security.Cryptography;
using Carillon.Storage;

namespace Carillon.Runs;

/// <summary>
/// Names this node among those of a cluster, the same after a restart, so that it knows the runs that it had before. It stands in the data
/// folder together with the place that it was made for: a folder that was copied belongs to another node.
/// </summary>
internal sealed class NodeId
{
    private const string FileName = "node";

    private NodeId(string node)
    {
        Node = node;
        Process = $"{node}.{RandomNumberGenerator.GetHexString(8, lowercase: true)}";
    }

    public string Node { get; }

    /// <summary>This process of the node. What another process of it began is lost.</summary>
    public string Process { get; }

    public static NodeId Open(string dataFolder)
    {
        var file = Path.Combine(dataFolder, FileName);
        var place = $"{Environment.MachineName} {Path.GetFullPath(dataFolder)}";
        if (File.Exists(file) && File.ReadAllText(file).Split('\n') is [{ Length: > 0 } known, var where, ..] && where == place)
        {
            return new NodeId(known);
        }

        var made = RandomNumberGenerator.GetHexString(16, lowercase: true);
        OwnFile.Write(file, $"{made}\n{place}\n");
        return new NodeId(made);
    }
}
