return Edge.Load.Commands.Run(args);
