internal import Runtime
internal import SandboxService

@main struct Main {
    static func main() {
        Program.run { await SandboxService.run() }
    }
}
