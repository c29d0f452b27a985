"""The package as its users see it: values, errors, hosts, event loops."""

import asyncio
import datetime
import decimal
import http.server
import threading
import time
import timeit

import pytest
import rainwright

D = decimal.Decimal
INDIA = datetime.timezone(datetime.timedelta(hours=5, minutes=30))


def run(source, args=None, **settings):
    return rainwright.Engine().compile("test.dg", source).run(args, **settings)


@pytest.mark.parametrize(
    "value",
    [
        None,
        True,
        -(2**63),
        D("15.50"),
        D("12345678901234567890.12"),
        0.1,
        "ünï\n",
        datetime.date(2024, 2, 29),
        datetime.datetime(2024, 2, 29, 23, 59, 58, 999000, INDIA),
        datetime.time(7, 5, 9),
        [1, [D("2.0"), None], {}],
        {"b": 1, "a": {"c": [D("0.10")]}},
        rainwright.File("a.txt", b"\x00\xff", "text/plain"),
    ],
)
def test_values_come_back_as_they_went(value):
    back = run("return v;", {"v": value}).value
    assert back == value and type(back) is type(value)
    if isinstance(value, D):
        assert str(back) == str(value)


def test_a_time_keeps_its_instant_in_another_zone():
    noon = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.timezone.utc)
    script = rainwright.Engine(timezone="Asia/Kolkata").compile("t.dg", "info t.getHour(); return t.addDay(1);")
    result = script.run({"t": noon})
    assert result.lines == ["17"]
    assert result.value == noon + datetime.timedelta(days=1) and result.value.utcoffset() == INDIA.utcoffset(None)


@pytest.mark.parametrize("value", [2**63, object(), datetime.datetime(2024, 1, 1), {1, 2}])
def test_what_a_script_does_not_know_is_refused(value):
    with pytest.raises((TypeError, OverflowError, ValueError)):
        run("return v;", {"v": value})


def test_a_value_that_holds_itself_is_refused():
    loop = []
    loop.append(loop)
    with pytest.raises(ValueError, match="holds itself"):
        run("return v;", {"v": loop})


def test_errors_know_their_place():
    with pytest.raises(rainwright.ScriptError) as caught:
        run("info 1;\nx = 1 / 0;")
    error = caught.value
    assert (error.code, error.source, error.line, error.column) == ("E3004", "test.dg", 2, 5)
    assert "Divide by zero" in str(error) and "x = 1 / 0" in error.rendered and error.help and error.lines == ["1"]
    with pytest.raises(rainwright.CompileError) as caught:
        run("x = ;")
    assert caught.value.line == 1


def test_limits_hold_and_a_profile_is_known():
    with pytest.raises(rainwright.ScriptError) as caught:
        rainwright.Engine(fuel=1000).compile("l.dg", "while(true) { x = 1; }").run()
    assert caught.value.code == "E3013"
    begun = time.monotonic()
    with pytest.raises(rainwright.ScriptError):
        rainwright.Engine(seconds=0.1).compile("l.dg", "while(true) { x = 1; }").run()
    assert time.monotonic() - begun < 5
    with pytest.raises(rainwright.ScriptError, match="no profile 'zoho-crn'"):
        rainwright.Engine(profile="zoho-crn")


def test_functions_are_called_and_may_refuse():
    engine = rainwright.Engine()

    @engine.function("erp.price")
    def price(article, pieces):
        if article == "none":
            raise rainwright.Problem("no such article")
        return {"amount": D("2.50") * pieces}

    script = engine.compile("f.dg", 'try { p = erp.price(a, 3); return p.get("amount"); } catch(e) { return e.message; }')
    assert script.run({"a": "A12"}).value == D("7.50")
    assert "no such article" in script.run({"a": "none"}).value

    @engine.function("erp.breaks")
    def breaks():
        raise KeyError("bug")

    with pytest.raises(rainwright.ScriptError, match="bug"):
        engine.compile("f.dg", "return erp.breaks();").run()


def test_a_host_answers_and_its_exceptions_come_through():
    calls = []

    def host(call):
        calls.append((call.kind, call.line))
        if call.kind == "http":
            assert call.details["url"] == "https://api.example.com/x" and call.details["method"] == "GET"
            return rainwright.Response(200, '{"n": 15.50}', {"Content-Type": "application/json"})
        return NotImplemented

    source = 'r = invokeurl [ url: "https://api.example.com/x" type: GET ];\nreturn r.get("n");'
    assert run(source, host=host).value == D("15.50")
    assert ("http", 1) in calls

    def broken(call):
        raise ZeroDivisionError("mine")

    with pytest.raises(ZeroDivisionError, match="mine"):
        run("try { " + source.replace("return", "x =") + " } catch(e) { info e; }", host=broken)
    with pytest.raises(TypeError, match="rainwright.Response"):
        run(source, host=lambda call: 7)
    with pytest.raises(rainwright.ScriptError, match="http"):
        run(source)


def test_a_suspended_run_says_so():
    def host(call):
        raise rainwright.Suspend(signal="approved")

    with pytest.raises(rainwright.Suspended, match="approved"):
        run('try { x = zoho.crm.getRecordById("Leads", 1); } catch(e) { }', host=host)


def test_the_clock_can_be_stopped():
    noon = datetime.datetime(2024, 5, 1, 12, tzinfo=datetime.timezone.utc)
    assert run("return zoho.currenttime;", now=noon).value == noon
    assert abs(run("return zoho.currenttime;").value.timestamp() - time.time()) < 60


def test_a_flow_is_driven_step_by_step():
    flow = rainwright.Engine().compile("f.dg", "info 1; return zoho.currenttime.getYear();").flow()
    with pytest.raises(RuntimeError):
        flow.answer(1)
    call = flow.next()
    assert call.kind == "now" and flow.next().seq == call.seq
    flow.answer(0)
    assert flow.next() is None
    assert flow._result()[:2] == (1970, ["1"])


def test_a_thousand_runs_wait_at_once():
    source = 'r = invokeurl [ url: "https://api.example.com/" + n type: GET ]; return r.toLong() + n;'
    script = rainwright.Engine().compile("w.dg", source)
    waiting = peak = 0

    async def host(call):
        nonlocal waiting, peak
        waiting += 1
        peak = max(peak, waiting)
        await asyncio.sleep(0.2)
        waiting -= 1
        return rainwright.Response(200, "1000")

    async def all_of_them():
        return await asyncio.gather(*(script.run_async({"n": n}, host=host) for n in range(1000)))

    results = asyncio.run(all_of_them())
    assert [result.value for result in results] == [1000 + n for n in range(1000)]
    assert peak == 1000


def test_an_async_host_may_fail():
    async def host(call):
        raise LookupError("mine")

    async def one():
        await rainwright.Engine().compile("a.dg", "return zoho.currentdate;").run_async(host=host)

    with pytest.raises(LookupError, match="mine"):
        asyncio.run(one())


def test_threads_run_side_by_side():
    script = rainwright.Engine().compile("t.dg", "s = 0; for each i in list { s = s + i; } return s;")
    results = []
    threads = [
        threading.Thread(target=lambda n=n: results.append(script.run({"list": list(range(n))}).value))
        for n in range(1, 21)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(results) == sorted(n * (n - 1) // 2 for n in range(1, 21))


def test_a_live_host_calls_a_real_server(tmp_path, monkeypatch):
    class Server(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            self.send_response(200)
            self.end_headers()
            self.wfile.write(b'{"path": "%s"}' % self.path.encode())

        def log_message(self, *_):
            pass

    server = http.server.HTTPServer(("127.0.0.1", 0), Server)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    port = server.server_address[1]
    monkeypatch.setenv("RAINWRIGHT_HOME", str(tmp_path))
    source = f'r = invokeurl [ url: "http://127.0.0.1:{port}/a" type: GET ]; return r.get("path");'
    assert run(source, live=rainwright.Live(allow_net=[f"127.0.0.1:{port}"])).value == "/a"
    with pytest.raises(rainwright.ScriptError) as caught:
        run(source, live=rainwright.Live())
    assert caught.value.code == "E4004"
    server.shutdown()


def test_a_call_is_cheap(capsys):
    script = rainwright.Engine().compile("c.dg", "return a + 1;")
    micros = min(timeit.repeat(lambda: script.run({"a": 1}), number=2000, repeat=5)) / 2000 * 1e6
    with capsys.disabled():
        print(f"\na call of a script that adds: {micros:.1f} us")
