internal import Glibc
internal import Runtime

/// The whole program of a service.
public enum ServiceMain {
    /// Does what the command line asks (`serve` unless it says otherwise) with the settings of the
    /// environment, and ends the process: 0 when all went well, 1 when `verify` or a subcommand
    /// found fault, 64 for a wrong command line, 69 when something needed is not there, 78 for
    /// wrong settings.
    public static func run<Service: SoukService>(_ service: Service.Type) -> Never {
        Program.run {
            await ServiceProgram<Service>(
                arguments: Program.arguments, environment: Program.environment
            ).run()
        }
    }

    /// The same from an asynchronous `main`.
    @concurrent public static func run<Service: SoukService>(_ service: Service.Type) async -> Never
    {
        let status = await ServiceProgram<Service>(
            arguments: Program.arguments, environment: Program.environment
        ).run()
        fflush(nil)
        _exit(status)
    }
}
