internal import ControlService
internal import Runtime

@main struct Main {
    static func main() {
        Program.run { await ControlService.run() }
    }
}
