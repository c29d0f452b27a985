// Prints what Java makes of dates, zones and patterns; `dates.rs` compares our answers with it, line by line.
//
// Every line of the input is a question: kind, then its arguments, separated by tabs. Every line of the output is the answer.
//   print  <milliseconds>  <zone>  <pattern>
//   read   <text>          <zone>  <pattern>
//   offset <milliseconds>  <zone>
import java.io.BufferedReader;
import java.io.InputStreamReader;
import java.text.ParsePosition;
import java.text.SimpleDateFormat;
import java.util.Date;
import java.util.Locale;
import java.util.TimeZone;

public class DateOracle {
    public static void main(String[] args) throws Exception {
        BufferedReader in = new BufferedReader(new InputStreamReader(System.in, "UTF-8"));
        StringBuilder out = new StringBuilder();
        for (String line = in.readLine(); line != null; line = in.readLine()) {
            out.append(answer(line.split("\t", -1))).append('\n');
        }
        System.out.print(out);
    }

    static String answer(String[] question) {
        TimeZone zone = TimeZone.getTimeZone(question[2]);
        switch (question[0]) {
            case "offset":
                return String.valueOf(zone.getOffset(Long.parseLong(question[1])));
            case "print":
                return format(question[3], zone).format(new Date(Long.parseLong(question[1])));
            default:
                SimpleDateFormat format = format(question[3], zone);
                // Twenty years from here is the last that two digits can mean.
                format.set2DigitYearStart(new Date(-757382400000L));
                Date date = format.parse(question[1], new ParsePosition(0));
                return date == null ? "-" : String.valueOf(date.getTime());
        }
    }

    static SimpleDateFormat format(String pattern, TimeZone zone) {
        SimpleDateFormat format = new SimpleDateFormat(pattern, Locale.US);
        format.setTimeZone(zone);
        return format;
    }
}
