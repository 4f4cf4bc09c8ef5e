internal import CashbackService
internal import ServiceKit

@main struct Main {
    static func main() { ServiceMain.run(CashbackService.self) }
}
