internal import Glibc
internal import Runtime

/// A program that is run to its end for what it writes.
struct CapturedRun: Sendable {
    /// The longest output that is kept, in bytes.
    static let outputLimit = 64 << 20

    let exit: ChildProcess.Exit
    /// What it wrote to standard output.
    let output: String
    /// What it wrote to standard error.
    let errors: String

    var isSuccess: Bool { exit == .code(0) }

    /// The last line of what it had to say, for a message.
    var lastWords: String {
        errors.split(separator: "\n").last.map(String.init) ?? "it gave no reason"
    }

    /// Runs the program and waits for it; it is killed when the calling task is cancelled.
    ///
    /// - Parameters:
    ///   - directory: where the outputs are put meanwhile.
    ///   - outputFile: where standard output goes for good, and is left to the caller.
    static func run(
        _ arguments: [String], environment: [String: String], directory: String,
        outputFile: String? = nil, on loop: EventLoop
    ) async throws -> CapturedRun {
        loop.preconditionCurrent()
        let name = arguments[0].split(separator: "/").last.map(String.init) ?? "program"
        let stem = "\(directory)/\(name)-\(getpid())-\(UInt32.random(in: 0 ... .max))"
        let (out, err) = (outputFile ?? stem + ".out", stem + ".err")
        defer {
            if outputFile == nil { unlink(out) }
            unlink(err)
        }
        // The shell puts the two outputs apart and gives way to the program.
        let script = #"out=$1; err=$2; shift 2; exec "$@" >"$out" 2>"$err""#
        let specification = ProcessSpecification(
            name: name, arguments: ["/bin/sh", "-c", script, "sh", out, err] + arguments,
            environment: environment)
        let holder = Holder()
        let exit = try await withTaskCancellationHandler {
            try await withCheckedThrowingContinuation { continuation in
                loop.submit {
                    do {
                        holder.child = try ChildProcess.start(
                            specification, on: loop, onLine: { _ in },
                            onExit: {
                                holder.child = nil
                                continuation.resume(returning: $0)
                            })
                    } catch {
                        continuation.resume(throwing: error)
                    }
                }
            }
        } onCancel: {
            loop.submit { holder.child?.signal(SIGKILL) }
        }
        try Task.checkCancellation()
        return CapturedRun(
            exit: exit,
            output: outputFile == nil ? PlatformFiles.read(out, limit: outputLimit) ?? "" : "",
            errors: PlatformFiles.read(err, limit: outputLimit) ?? "")
    }

    /// Keeps the child while it runs.
    private final class Holder: @unchecked Sendable {
        // Safety of `@unchecked`: touched on the loop's thread only.
        var child: ChildProcess?
    }
}
