namespace Carillon.Load;

internal static class Report
{
    public static int Run(Arguments arguments)
    {
        arguments.RefuseOthers();
        return 0;
    }
}
