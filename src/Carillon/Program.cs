return await Carillon.Cli.CommandLine.RunAsync(args);
