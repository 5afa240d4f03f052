package main
import ("fmt";"flag";"time";"strings";"careline/sim/floor";"careline/dialer/pacing")
func main(){
 n:=flag.Int("n",5,"");p:=flag.Float64("p",.3,"");d:=flag.Int("d",5,"");sd:=flag.Int("s",3,"");drift:=flag.Bool("drift",false,"")
 pol:=flag.String("pol","ours","");s0:=flag.Int("s0",1,"")
 flag.Parse()
 for _,name:=range strings.Split(*pol,","){
  t0:=time.Now()
  var u,a,b,w,am float64
  for s:=0;s<*sd;s++{
   sc:=floor.Protocol(*n,*p);sc.Days=*d;sc.Seed=uint64(s+*s0);sc.Drift=*drift
   var po floor.Policy
   switch name{
   case "prog":po=floor.NewRatio(1)
   case "r1.75":po=floor.NewRatio(1.75)
   case "r2.5":po=floor.NewRatio(2.5)
   case "r3.75":po=floor.NewRatio(3.75)
   case "vici":po=floor.NewVICIdial(false)
   case "vici-idle":po=floor.NewVICIdial(true)
   case "ref":po=floor.NewReference(sc)
   case "ours":po=floor.NewLearner(pacing.Options{})
   }
   c:=floor.Run(sc,po)
   u+=c.Utilisation();a+=c.Rate();b+=float64(c.BadDays);w=max(w,c.Worst);am=max(am,c.Rate())
  }
  k:=float64(*sd)
  fmt.Printf("%-6s N=%d p=%g dr=%v: %.2f (%.2f, max %.2f) bad %.0f worst %.2f  %v\n",name,*n,*p,*drift,100*u/k,100*a/k,100*am,b,100*w,time.Since(t0).Round(time.Millisecond))
 }
}
