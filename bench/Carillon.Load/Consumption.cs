using System.Globalization;
using System.Text.Json.Nodes;

namespace Carillon.Load;

/// <summary>
/// Who used the processors from here to <see cref="Stop"/>: the server, its database, this generator, and everybody else.
/// The last one tells whether a measurement was disturbed.
/// </summary>
internal sealed class Consumption
{
    private readonly int server;
    private readonly int database;
    private readonly TimeSpan serverBefore;
    private readonly TimeSpan databaseBefore;
    private readonly TimeSpan ownBefore;
    private readonly TimeSpan machineBefore;

    public Consumption(int server, int database = 0)
    {
        this.server = server;
        this.database = database;
        databaseBefore = ProcessFigures.Cpu(database, withChildren: true);
        serverBefore = ProcessFigures.Cpu(server);
        ownBefore = ProcessFigures.OwnCpu();
        machineBefore = Machine();
    }

    public TimeSpan Server { get; private set; }

    public TimeSpan Database { get; private set; }

    public TimeSpan Own { get; private set; }

    public TimeSpan Others { get; private set; }

    public void Stop()
    {
        var machine = Machine() - machineBefore;
        Own = ProcessFigures.OwnCpu() - ownBefore;
        Server = ProcessFigures.Cpu(server) - serverBefore;
        Database = ProcessFigures.Cpu(database, withChildren: true) - databaseBefore;
        var others = machine - Own - Server - Database;
        Others = others > TimeSpan.Zero ? others : TimeSpan.Zero;
    }

    public void WriteTo(JsonObject result)
    {
        result["serverCpuSeconds"] = Math.Round(Server.TotalSeconds, 2);
        result["databaseCpuSeconds"] = Math.Round(Database.TotalSeconds, 2);
        result["generatorCpuSeconds"] = Math.Round(Own.TotalSeconds, 2);
        result["othersCpuSeconds"] = Math.Round(Others.TotalSeconds, 2);
    }

    // All but idle and waiting for the disk: user, nice, system, interrupts, and what the host took.
    private static TimeSpan Machine()
    {
        var fields = File.ReadLines("/proc/stat").First().Split(' ', StringSplitOptions.RemoveEmptyEntries);
        int[] busy = [1, 2, 3, 6, 7, 8];
        return TimeSpan.FromSeconds(busy.Sum(field => long.Parse(fields[field], CultureInfo.InvariantCulture)) / (double)ProcessFigures.TicksPerSecond);
    }
}
